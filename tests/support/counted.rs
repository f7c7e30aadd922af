//! What a cell that counts must have printed after its connection was lost.

/// Checks that the numbers from 0 to before `end` are there, one a line, in order and none twice, but for as many as hubmark says are `lost`:
/// lines that the server had sent and a dying proxy had not passed on.
pub(crate) fn check(printed: &str, end: u32, lost: u32) {
    let numbers: Vec<u32> = printed.lines().map(|line| line.parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "twice, or out of order: {numbers:?}");
    assert_eq!(numbers.last(), Some(&(end - 1)), "{numbers:?}");
    assert!(numbers.len() as u32 + lost >= end, "more than {lost} missing: {numbers:?}");
}
