//! Paths of the inner drawing: x in thousandths of the width, y in pixels from the top.

use super::short;

/// A line through points; it breaks where a point has no y.
pub(in crate::report::html) fn line(points: impl IntoIterator<Item = (f64, Option<f64>)>) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (x, y) in points {
        match y {
            Some(y) => {
                path.push_str(if drawing { "L" } else { "M" });
                path.push_str(&format!("{} {}", short(x), short(y)));
                // A point alone between gaps would not be seen.
                if !drawing {
                    path.push_str("h.01");
                }
                drawing = true;
            }
            None => drawing = false,
        }
    }
    path
}

/// The area between upper and lower points that share their x.
pub(in crate::report::html) fn band(points: &[(f64, f64, f64)]) -> String {
    if points.is_empty() {
        return String::new();
    }
    let upper = points.iter().map(|(x, _, high)| format!("{} {}", short(*x), short(*high)));
    let lower = points.iter().rev().map(|(x, low, _)| format!("{} {}", short(*x), short(*low)));
    format!("M{}Z", upper.chain(lower).collect::<Vec<_>>().join("L"))
}

/// The area from points down to a floor.
pub(in crate::report::html) fn area(points: &[(f64, f64)], floor: f64) -> String {
    let with_floor: Vec<(f64, f64, f64)> = points.iter().map(|(x, y)| (*x, floor, *y)).collect();
    band(&with_floor)
}

/// The area under steps: each (start, end, y) is flat. Gives the outline's path and the area's.
pub(in crate::report::html) fn step_area(steps: &[(f64, f64, f64)], floor: f64) -> (String, String) {
    let Some((first, ..)) = steps.first() else {
        return (String::new(), String::new());
    };
    let mut outline = String::new();
    let mut before = None;
    let mut end = *first;
    for (from, to, y) in steps {
        if before != Some(*y) {
            let joint = if before.is_none() {
                format!("M{} {}", short(*from), short(*y))
            } else {
                format!("H{}V{}", short(*from), short(*y))
            };
            outline.push_str(&joint);
            before = Some(*y);
        }
        end = *to;
    }
    outline.push_str(&format!("H{}", short(end)));
    let area = format!("{outline}V{}H{}Z", short(floor), short(*first));
    (outline, area)
}

/// One dot each: round ends of strokes without length, so that they stay round however wide the drawing is.
pub(in crate::report::html) fn dots(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    points.into_iter().map(|(x, y)| format!("M{} {}h.01", short(x), short(y))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_where_there_is_no_value() {
        let path = line([(0.0, Some(1.0)), (10.0, Some(2.5)), (20.0, None), (30.0, Some(4.0))]);
        assert_eq!(path, "M0 1h.01L10 2.5M30 4h.01");
    }

    #[test]
    fn steps_are_drawn_where_the_value_changes() {
        let (outline, area) = step_area(&[(0.0, 10.0, 5.0), (10.0, 20.0, 5.0), (20.0, 30.0, 2.0)], 9.0);
        assert_eq!(outline, "M0 5H20V2H30");
        assert_eq!(area, "M0 5H20V2H30V9H0Z");
        assert_eq!(band(&[(0.0, 9.0, 1.0), (5.0, 8.0, 2.0)]), "M0 1L5 2L5 8L0 9Z");
    }
}
