//! Pages that are right, pages that are wrong, and pages that chance made.

use super::*;

/// A recorded page. `prometheus_client.om` was written by Python's prometheus_client 0.26, the reference of OpenMetrics; the heads of the others say
/// where they come from, which OpenMetrics, having no comments, cannot.
fn fixture(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/expositions").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(page: &str) -> Page<'_> {
    parse(page, Format::Text).unwrap()
}

#[test]
fn the_documentations_own_page_is_read() {
    // From "Exposition formats", Prometheus documentation.
    let page = text(
        "# HELP http_requests_total The total number of HTTP requests.\n# TYPE http_requests_total counter\n\
         http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n\
         http_requests_total{method=\"post\",code=\"400\"}    3 1395066363000\n\n\
         # Escaping in label values:\n\
         msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot find file:\\n\\\"FILE.TXT\\\"\"} 1.458255915e9\n\n\
         # Minimalistic line:\nmetric_without_timestamp_and_labels 12.47\n\n\
         # A weird metric from before the epoch:\nsomething_weird{problem=\"division by zero\"} +Inf -3982045\n\n\
         # TYPE http_request_duration_seconds histogram\nhttp_request_duration_seconds_bucket{le=\"0.05\"} 24054\n\
         http_request_duration_seconds_bucket{le=\"+Inf\"} 144320\nhttp_request_duration_seconds_sum 53423\n\
         http_request_duration_seconds_count 144320\n",
    );
    let names: Vec<(&str, Kind, usize)> =
        page.families.iter().map(|f| (f.name.as_ref(), f.kind, f.points.len())).collect();
    assert_eq!(
        names,
        [
            ("http_requests_total", Kind::Counter, 2),
            ("msdos_file_access_time_seconds", Kind::Unknown, 1),
            ("metric_without_timestamp_and_labels", Kind::Unknown, 1),
            ("something_weird", Kind::Unknown, 1),
            ("http_request_duration_seconds", Kind::Histogram, 4),
        ]
    );
    let escaped = page.named("msdos_file_access_time_seconds").next().unwrap();
    assert_eq!(escaped.label("path"), Some("C:\\DIR\\FILE.TXT"));
    assert_eq!(escaped.label("error"), Some("Cannot find file:\n\"FILE.TXT\""));
    let weird = page.named("something_weird").next().unwrap();
    assert_eq!((weird.value, weird.timestamp_ms), (f64::INFINITY, Some(-3_982_045)));
}

#[test]
fn openmetrics_has_units_exemplars_fractions_and_an_end() {
    let page = "# TYPE foo_seconds histogram\n# UNIT foo_seconds seconds\n# HELP foo_seconds How \\\"long\\\".\n\
                foo_seconds_bucket{le=\"0.1\"} 8 # {} 0.054\nfoo_seconds_bucket{le=\"+Inf\"} 17 # {trace_id=\"oHg5SJY\"} 9.8 1520879607.789\n\
                foo_seconds_count 17\nfoo_seconds_created 1520430000.123\n# TYPE bar counter\nbar_total 1 1520879607.789\n# EOF\n";
    let read = parse(page, Format::OpenMetrics).unwrap();
    assert_eq!(read.families.len(), 2);
    assert_eq!(read.families[0].help.as_deref(), Some("How \"long\"."));
    assert_eq!(read.families[0].unit.as_deref(), Some("seconds"));
    let exemplar = read.families[0].points[1].exemplar.as_ref().unwrap();
    assert_eq!((exemplar.value, exemplar.timestamp_ms), (9.8, Some(1_520_879_607_789)));
    assert_eq!(read.named("bar_total").next().unwrap().timestamp_ms, Some(1_520_879_607_789));
    assert_eq!(render(&read, Format::OpenMetrics).matches(" # {").count(), 2);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let cases = [
        ("a 1\nb{x=\"1} 2\n", "line 2, column 6: the label's value has no closing quote"),
        ("b{x=\"\\t\"} 2", "line 1, column 7: `\\t` is no escape; `\\\\`, `\\\"` and `\\n` are"),
        ("b{x=1} 2", "line 1, column 5: an opening quote is due here, found '1'"),
        ("b{x=\"1\" y=\"2\"} 2", "line 1, column 9: `,` or `}` is due here, found 'y'"),
        ("b{1=\"1\"} 2", "line 1, column 3: a label's name is due here, found '1'"),
        ("b{x=\"1\",x=\"2\"} 2", "line 1, column 9: the label x stands here twice"),
        ("b", "line 1, column 2: a value is due here, found the line's end"),
        ("b  one", "line 1, column 4: \"one\" is no number"),
        ("b 1 1.5", "line 1, column 5: \"1.5\" is no timestamp"),
        ("b 1 2 three", "line 1, column 7: \"three\" stands behind the end of the sample"),
        ("ä 1", "line 1, column 1: a metric's name is due here, found 'ä'"),
        ("# TYPE a gauge\n# TYPE a gauge", "line 2, column 10: a second TYPE line of a"),
        ("# HELP a x\n# HELP a y", "line 2, column 10: a second HELP line of a"),
        ("a 1\n# TYPE a gauge", "line 2, column 10: the TYPE line of a stands behind its first sample"),
        ("# TYPE a info", "line 1, column 10: \"info\" is no type of this format"),
        ("<html>", "line 1, column 1: a metric's name is due here, found '<'"),
    ];
    for (page, message) in cases {
        assert_eq!(parse(page, Format::Text).unwrap_err().to_string(), message, "{page:?}");
    }
    let open = [
        ("a 1\n", "line 2, column 1: the page ends without `# EOF`: it was cut short"),
        ("# EOF\na 1\n", "line 2, column 1: text behind `# EOF`"),
        ("\n# EOF\n", "line 1, column 1: OpenMetrics has no empty lines and no comments"),
        ("# hello\n# EOF\n", "line 1, column 8: OpenMetrics has no empty lines and no comments"),
    ];
    for (page, message) in open {
        assert_eq!(parse(page, Format::OpenMetrics).unwrap_err().to_string(), message, "{page:?}");
    }
    let bytes = parse_bytes(b"a 1\nb{x=\"\xff\"} 1\n", Format::Text).unwrap_err();
    assert_eq!(bytes.to_string(), "line 2, column 6: not UTF-8");
}

#[test]
fn a_families_points_are_its_own_wherever_they_stand() {
    let page = text("# TYPE a histogram\nb 1\na_sum 2\na_other 3\na_count 4\n");
    let points: Vec<(&str, usize)> = page.families.iter().map(|f| (f.name.as_ref(), f.points.len())).collect();
    assert_eq!(points, [("a", 2), ("b", 1), ("a_other", 1)]);
}

#[test]
fn real_pages_are_read_and_written_the_same() {
    for (name, format, least) in [
        ("node_exporter-1.5.0.prom", Format::Text, 200),
        ("dcgm-exporter.prom", Format::Text, 20),
        ("nvidia_gpu_exporter.prom", Format::Text, 35),
        ("prometheus_client.om", Format::OpenMetrics, 40),
    ] {
        let page = fixture(name);
        let read = parse(&page, format).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(read.points().count() >= least, "{name}: {} points", read.points().count());
        let again = render(&read, format);
        assert_same(&read, &parse(&again, format).unwrap_or_else(|error| panic!("{name}, written again: {error}")));
    }
}

/// Equal, with NaN equal to NaN.
fn assert_same(left: &Page<'_>, right: &Page<'_>) {
    // `Debug` prints every NaN alike and every other number apart.
    assert_eq!(format!("{left:#?}"), format!("{right:#?}"));
}

/// A small generator of numbers (SplitMix64), so that a failure is found again by its seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn text(&mut self, alphabet: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| self.pick(alphabet)).collect()
    }

    fn number(&mut self) -> f64 {
        match self.below(8) {
            0 => f64::NAN,
            1 => self.pick(&[f64::INFINITY, f64::NEG_INFINITY]),
            2 => self.pick(&[0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, 5e-324, 1e17, 1e-5]),
            3 => self.below(1000) as f64,
            // Any bits; another NaN is none that text can tell apart.
            _ => Some(f64::from_bits(self.next())).filter(|value| !value.is_nan()).unwrap_or(f64::NAN),
        }
    }

    fn labels(&mut self) -> Vec<Label<'static>> {
        const ANY: &[&str] = &["a", "\\", "\"", "\n", "{", "}", ",", "=", " ", "#", "ä", "\u{1F600}", "\t", "\r", "n"];
        let count = self.below(4);
        (0..count).map(|n| (Cow::Owned(format!("l{n}")), Cow::Owned(self.text(ANY, 6)))).collect()
    }

    fn timestamp(&mut self) -> Option<i64> {
        let ms = self.next() as i64 % 4_000_000_000_000;
        (self.below(3) == 0).then_some(ms)
    }

    fn family(&mut self, number: usize, format: Format) -> Family<'static> {
        const WORDS: &[&str] = &["a", "\\", "\n", "\"", "n", "ä ", "#"];
        let kinds = [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Unknown];
        let kind = self.pick(&kinds);
        let name = format!("f{number}:{}", self.text(&["x", "_", "9"], 4));
        let points = (0..self.below(4)).map(|_| {
            let mut suffixes = kind.suffixes(format).to_vec();
            suffixes.push("");
            let name = Cow::Owned(format!("{name}{}", self.pick(&suffixes)));
            let exemplar = (format == Format::OpenMetrics && self.below(4) == 0).then(|| Exemplar {
                labels: self.labels(),
                value: self.number(),
                timestamp_ms: self.timestamp(),
            });
            Point { name, labels: self.labels(), value: self.number(), timestamp_ms: self.timestamp(), exemplar }
        });
        let points = points.collect();
        let help = (self.below(2) == 0).then(|| Cow::Owned(self.text(WORDS, 6)));
        let unit = (format == Format::OpenMetrics && self.below(3) == 0).then_some(Cow::Borrowed("seconds"));
        Family { name: Cow::Owned(name), kind, help, unit, points }
    }
}

#[test]
fn what_is_written_is_read_back() {
    for seed in 0..4_000 {
        let format = if seed % 2 == 0 { Format::Text } else { Format::OpenMetrics };
        let mut dice = Dice(seed);
        let families = (0..dice.below(5)).map(|number| dice.family(number, format)).collect();
        let page = Page { families };
        let written = render(&page, format);
        let read = parse(&written, format).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{written}"));
        assert_same(&page, &read);
    }
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let real = [
        (fixture("node_exporter-1.5.0.prom"), Format::Text),
        (fixture("dcgm-exporter.prom"), Format::Text),
        (fixture("prometheus_client.om"), Format::OpenMetrics),
    ];
    let signs = b"{}\"\\\n\r\t #=,_:aE+-.0NI\xff\xc3\xa4";
    let mut refused = 0;
    for seed in 0..6_000 {
        let mut dice = Dice(seed);
        let (page, format) = dice.pick(&real);
        let bytes = if seed % 3 == 0 {
            (0..dice.below(200)).map(|_| dice.pick(signs)).collect()
        } else {
            // A window of a real page with a few bytes changed, dropped or doubled.
            let from = dice.below(page.len());
            let mut bytes = page.as_bytes()[from..page.len().min(from + 600)].to_vec();
            for _ in 0..1 + dice.below(4) {
                let at = dice.below(bytes.len());
                match dice.below(3) {
                    0 => bytes[at] = dice.pick(signs),
                    1 if bytes.len() > 1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, dice.pick(signs)),
                }
            }
            bytes
        };
        match parse_bytes(&bytes, format) {
            // What is accepted can be written and read again.
            Ok(page) => {
                drop(parse(&render(&page, format), format).unwrap_or_else(|error| panic!("seed {seed}: {error}")))
            }
            Err(error) => {
                refused += 1;
                let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 2;
                assert!(error.line >= 1 && error.line <= lines && error.column >= 1, "seed {seed}: {error}");
            }
        }
    }
    assert!((600..6_000).contains(&refused), "{refused} of 6,000 were refused: the mutations do nothing, or all");
}
