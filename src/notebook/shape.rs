//! What hubmark needs of a document. A document that has it is read, whatever else it holds.

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// The document.
#[derive(Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "metadata")]
    _metadata: Option<Map<String, Value>>,
    pub(super) cells: Option<Vec<Cell>>,
}

/// A cell.
#[derive(Deserialize)]
pub(super) struct Cell {
    #[serde(rename = "cell_type")]
    _cell_type: String,
    #[serde(rename = "metadata")]
    _metadata: Option<Metadata>,
    #[serde(rename = "source")]
    _source: Text,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a source is neither a text nor a list of texts")]
enum Text {
    One(#[expect(dead_code, reason = "only its type is looked at")] String),
    Lines(#[expect(dead_code, reason = "only its type is looked at")] Vec<String>),
}

/// The metadata of a cell: a map, in which only the tags have a shape.
struct Metadata;

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap;
        impl<'de> Visitor<'de> for OfMap {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    if key == "tags" {
                        map.next_value::<Tags>()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Metadata)
            }
        }
        deserializer.deserialize_map(OfMap)
    }
}

/// The tags of a cell, a list of texts. They decide what is executed: where they are something else, Jupyter's own tools find a tag in
/// parts of a word or fail, so there is nothing to guess.
struct Tags;

/// What is said of tags that are none.
pub(super) const NO_TAGS: &str = "tags as a list of texts";

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfList {
            /// Whether it is an element of the list.
            inside: bool,
        }
        impl<'de> Visitor<'de> for OfList {
            type Value = Tags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(NO_TAGS)
            }

            fn visit_unit<E: Error>(self) -> Result<Tags, E> {
                Ok(Tags)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Tags, E> {
                match self.inside {
                    true => Ok(Tags),
                    false => Err(E::invalid_type(Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tags, A::Error> {
                while seq.next_element_seed(Inside)?.is_some() {}
                Ok(Tags)
            }
        }
        struct Inside;
        impl<'de> DeserializeSeed<'de> for Inside {
            type Value = Tags;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tags, D::Error> {
                deserializer.deserialize_str(OfList { inside: true })
            }
        }
        deserializer.deserialize_any(OfList { inside: false })
    }
}
