//! Why a page is not read.

/// What is wrong at a place of a page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes are no text.
    #[error("not UTF-8")]
    NotUtf8,
    /// A metric's name was due.
    #[error("a metric's name is due here, found {0}")]
    NoName(String),
    /// A label's name was due.
    #[error("a label's name is due here, found {0}")]
    NoLabelName(String),
    /// A character was due.
    #[error("{due} is due here, found {found}")]
    Missing {
        /// What was due.
        due: &'static str,
        /// What is there.
        found: String,
    },
    /// A label's value has no end.
    #[error("the label's value has no closing quote")]
    OpenQuote,
    /// A backslash before something else than `\`, `"` or `n`.
    #[error("`\\{0}` is no escape; `\\\\`, `\\\"` and `\\n` are")]
    Escape(char),
    /// A label twice in one series.
    #[error("the label {0} stands here twice")]
    LabelTwice(String),
    /// A value that is no number.
    #[error("{0:?} is no number")]
    NoNumber(String),
    /// A timestamp that is none.
    #[error("{0:?} is no timestamp")]
    NoTimestamp(String),
    /// Something behind the end of a line's content.
    #[error("{0:?} stands behind the end of the sample")]
    Trailing(String),
    /// A kind that the form does not have.
    #[error("{0:?} is no type of this format")]
    NoKind(String),
    /// A second `TYPE`, `HELP` or `UNIT` of a family.
    #[error("a second {word} line of {name}")]
    Twice {
        /// Which line.
        word: &'static str,
        /// The family.
        name: String,
    },
    /// `TYPE` behind the family's first point.
    #[error("the TYPE line of {0} stands behind its first sample")]
    LateType(String),
    /// OpenMetrics: no `# EOF`.
    #[error("the page ends without `# EOF`: it was cut short")]
    CutShort,
    /// OpenMetrics: something behind `# EOF`.
    #[error("text behind `# EOF`")]
    BehindEnd,
    /// OpenMetrics: an empty line, or a comment that is no metadata.
    #[error("OpenMetrics has no empty lines and no comments")]
    NoSuchLine,
}

/// Why a page is not read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct PageError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: Problem,
}
