//! The body of a request.

use super::error::{ErrorKind, HttpError};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Bytes;

/// A JSON text that is ready to be sent. Cloning gives the same bytes, so that sending it again copies nothing.
#[derive(Debug, Clone)]
pub struct JsonText(pub(super) Bytes);

impl JsonText {
    /// Writes a value as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Setup`]: the value has no JSON, such as a map whose keys are no texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, HttpError> {
        let wrong = |error| HttpError::new(ErrorKind::Setup, format!("the request's JSON cannot be written: {error}"));
        serde_json::to_vec(value).map(|text| Self(text.into())).map_err(wrong)
    }
}
