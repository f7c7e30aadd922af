//! What is made from the language's table: the reference page and the types for editors.

use std::path::Path;

#[test]
fn the_reference_is_the_one_that_the_table_makes() {
    let result = crate::snapshot(Path::new("docs/reference/lua.md"), &hubmark::script::reference_markdown());
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

#[test]
fn the_types_for_editors_are_the_ones_that_the_table_makes() {
    let result = crate::snapshot(Path::new("lua/types/hubmark.lua"), &hubmark::script::luacats());
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

#[test]
fn the_examples_of_the_reference_load() {
    let page = hubmark::script::reference_markdown();
    let mut count = 0;
    for block in page.split("```lua\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let text = match block.trim_start().starts_with("return") {
            true => block.to_owned(),
            false if block.starts_with("local") => format!("{block}\n{}", crate::SCENARIO),
            false => format!("local example = {block}\n{}", crate::SCENARIO),
        };
        let folder = crate::Folder::new(&[("s.lua", &text)]);
        for name in ["mnist.ipynb", "notebooks/train.ipynb"] {
            folder.write(name, crate::NOTEBOOK);
        }
        if let Err(error) = hubmark::script::load(&folder.request()) {
            panic!("{error}\nin\n{block}");
        }
        count += 1;
    }
    assert!(count >= 15, "{count} examples");
}
