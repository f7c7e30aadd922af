//! What every rendering holds to.

use super::World;
use crate::report::*;

fn worlds() -> Vec<Summary> {
    let simulated = World { simulated: true, load_s: 7200.0, users: 20, ..World::default() };
    let runs = [
        World::default().run(),
        World { failing: 0.2, ..World::default() }.run(),
        simulated.run(),
        World { own: true, failing: 0.1, ..World::default() }.run(),
        World { lateness_s: 0.3, ..World::default() }.run(),
        World::default().run().killed(200.0),
        World::default().run().killed(0.0),
    ];
    let own = World { failing: 0.1, ..World::default() };
    let own = [true, false].map(|tasks| super::iterations::by_own_users(&own, tasks));
    runs.iter().chain(&own).map(|made| analyse(made).unwrap()).collect()
}

#[test]
fn the_page_is_one_small_file_that_loads_nothing() {
    for summary in worlds() {
        let page = html(&summary);
        assert!(page.len() < 300_000, "{} bytes", page.len());
        assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
        assert!(
            !page.contains("<script") && !page.contains("url(") && !page.contains("@import") && !page.contains(" src=")
        );
        for address in ["href=\"http", "href=\"//"] {
            assert!(!page.contains(address), "the page links to an address");
        }
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "an id stands twice: {ids:?}");
        for tag in
            page.split('<').filter(|tag| tag.starts_with("svg") || tag.starts_with("text") || tag.starts_with("rect"))
        {
            assert!(tag.matches(" class=").count() <= 1, "two classes: {tag}");
        }
        assert!(!page.contains("NaN") && !page.contains("inf%"));
    }
}

#[test]
fn what_came_from_outside_is_escaped() {
    let mut made = World::default().run();
    made.manifest.plan.about = Some("<script>alert(1)</script> & |pipe|".to_owned());
    let summary = analyse(&made).unwrap();
    assert!(!html(&summary).contains("<script>"));
    let md = markdown(&summary);
    assert!(md.contains("\\<script>alert(1)\\</script> & \\|pipe\\|"), "{md}");
}

#[test]
fn the_text_fits_a_screen_and_is_whole_without_colour() {
    for (summary, width) in
        worlds().into_iter().flat_map(|summary| [60, 100, 140].map(|width| (summary.clone(), width)))
    {
        let plain = text(&summary, Style { colour: false, width });
        // What cannot be shortened takes more lines where they are short.
        let most = if width < 100 { 50 } else { 40 } + if summary.steps.is_empty() { 0 } else { 20 };
        assert!(plain.lines().count() <= most, "{} lines:\n{plain}", plain.lines().count());
        assert!(plain.lines().all(|line| line.chars().count() <= width), "wider than {width}:\n{plain}");
        assert!(!plain.contains('\u{1b}'));
        let coloured = text(&summary, Style { colour: true, width });
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            stripped.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
    }
}

#[test]
fn simulated_and_invalid_are_in_every_form() {
    let summary = analyse(&World { simulated: true, ..World::default() }.run()).unwrap();
    let forms = [html(&summary), markdown(&summary), text(&summary, Style::default())];
    assert!(forms.iter().all(|form| form.contains("SIMULATED")));
    assert!(json(&summary).unwrap().contains("\"simulated\": true"));
    let summary = analyse(&World { lateness_s: 0.3, ..World::default() }.run()).unwrap();
    let forms = [html(&summary), markdown(&summary), text(&summary, Style::default())];
    assert!(forms.iter().all(|form| form.contains("INVALID") && form.contains("timers were late")));
}

#[test]
fn tables_in_markdown_have_as_many_cells_as_columns() {
    for summary in worlds() {
        let md = markdown(&summary);
        let mut columns = 0;
        for line in md.lines() {
            let bars = line.replace("\\|", "").matches('|').count();
            if !line.starts_with('|') {
                columns = 0;
            } else if columns == 0 {
                columns = bars;
            } else {
                assert_eq!(bars, columns, "{line}");
            }
        }
    }
}
