//! "Did you mean": the known word that an unknown one is nearest to.

/// Longest word that is compared, in bytes: what is longer is no slip of the fingers.
const WORD_MAX: usize = 100;
/// Most words that a hint lists.
const LISTED_MAX: usize = 16;

/// The known word nearest to `word`, if it is near enough to be meant.
pub(super) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A hint for an unknown word: the one that is meant, else the words there are.
pub(super) fn hint<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = did_you_mean(word, known.iter().copied()) {
        return format!("did you mean {near:?}?");
    }
    match known.as_slice() {
        [] => "there are none".to_owned(),
        [only] => format!("there is only {only:?}"),
        all if all.len() > LISTED_MAX => {
            format!("there are {}, and {} more", all[..LISTED_MAX].join(", "), all.len() - LISTED_MAX)
        }
        all => format!("there are {}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_the_nearest_word_or_all() {
        assert_eq!(hint("durration", ["duration", "users"]), "did you mean \"duration\"?");
        assert_eq!(hint("xyz", ["duration", "users"]), "there are duration, users");
        assert_eq!(hint("xyz", ["users"]), "there is only \"users\"");
        assert_eq!(hint("xyz", []), "there are none");
    }
}
