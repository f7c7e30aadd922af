//! PromQL on an existing Prometheus, by its HTTP API.

use crate::http::{Aside, HttpClient, HttpError, Method, Reply};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Why a query has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There was no answer.
    #[error("{0}")]
    Http(#[from] HttpError),
    /// Prometheus refused it: `bad_data` is a mistake in the expression, `timeout`, `execution`, `unavailable` are its own trouble.
    #[error("Prometheus refuses the query ({kind}): {message}")]
    Refused {
        /// Prometheus' word for the kind of error.
        kind: String,
        /// What it says, with the place in the expression.
        message: String,
    },
    /// Something answered that is no Prometheus.
    #[error("{place} does not answer as a Prometheus does: {found}")]
    NoPrometheus {
        /// The address.
        place: String,
        /// What came.
        found: String,
    },
}

/// Values of one series in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its labels, `__name__` among them where it has a name.
    pub labels: BTreeMap<String, String>,
    /// Seconds since 1970 and value.
    pub points: Vec<(f64, f64)>,
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One number.
    Scalar(f64),
    /// A text.
    Text(String),
    /// One value of each series (an instant vector).
    Vector(Vec<Series>),
    /// Several values of each series (a range vector).
    Matrix(Vec<Series>),
}

impl Answer {
    /// The series of a vector or a matrix; none of a scalar or a text.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        match self {
            Self::Vector(series) | Self::Matrix(series) => series,
            Self::Scalar(_) | Self::Text(_) => &[],
        }
    }
}

/// A Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    client: HttpClient,
    within: Duration,
    /// A long answer would hold up whoever drives a run on this thread.
    aside: Aside,
}

impl Prometheus {
    /// The Prometheus at the client's address, which may have a path. Every query is answered within that time or fails.
    #[must_use]
    pub fn new(client: HttpClient, within: Duration) -> Self {
        Self { client, within, aside: Aside::default() }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.client.base()
    }

    /// The value of an expression at a time (seconds since 1970), or now by Prometheus' own clock.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query(&self, expression: &str, at_s: Option<f64>) -> Result<Answer, QueryError> {
        let mut pairs = vec![("query", expression.to_owned())];
        pairs.extend(at_s.map(|at| ("time", seconds(at))));
        self.ask("api/v1/query", &pairs).await
    }

    /// The values of an expression from `start_s` to `stop_s` (seconds since 1970), every `step_s`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query_range(
        &self,
        expression: &str,
        start_s: f64,
        stop_s: f64,
        step_s: f64,
    ) -> Result<Vec<Series>, QueryError> {
        let pairs = [
            ("query", expression.to_owned()),
            ("start", seconds(start_s)),
            ("end", seconds(stop_s)),
            ("step", seconds(step_s)),
        ];
        match self.ask("api/v1/query_range", &pairs).await? {
            Answer::Matrix(series) => Ok(series),
            other => Err(self.unlike(format!("{other:?} where a matrix is due"))),
        }
    }

    async fn ask(&self, path: &str, pairs: &[(&str, String)]) -> Result<Answer, QueryError> {
        let mut url = below(self.client.base(), path);
        url.query_pairs_mut().extend_pairs(pairs);
        let reply = self.client.send(Method::GET, &url, None, self.within).await?;
        let place = super::address::place(self.client.base());
        self.aside.run(reply.size(), move || answer(&reply, &place)).await
    }

    fn unlike(&self, found: String) -> QueryError {
        QueryError::NoPrometheus { place: super::address::place(self.client.base()), found }
    }
}

fn answer(reply: &Reply, place: &str) -> Result<Answer, QueryError> {
    let unlike = |found: String| QueryError::NoPrometheus { place: place.to_owned(), found };
    let body: Body = reply.json().map_err(|error| unlike(format!("{}: {}", reply.status, error.message)))?;
    match (body.data, body.error) {
        (Some(data), None) => {
            let what = format!("a {} of another shape", data.kind);
            data.answer().ok_or_else(|| unlike(what))
        }
        (_, Some(message)) => Err(QueryError::Refused { kind: body.error_type.unwrap_or_default(), message }),
        (None, None) => Err(unlike("neither data nor an error".to_owned())),
    }
}

/// The address of a path below a base that may have one itself, with or without a slash at its end.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let stem = base.path().trim_end_matches('/');
    url.set_path(&format!("{stem}/{path}"));
    url
}

/// Prometheus takes fractions of seconds; clients that send whole ones move their windows.
fn seconds(at: f64) -> String {
    format!("{at:.3}")
}

#[derive(Deserialize)]
struct Body {
    data: Option<Data>,
    #[serde(rename = "errorType")]
    error_type: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Value,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<(f64, String)>,
    values: Option<Vec<(f64, String)>>,
}

impl Data {
    /// `None` if it is not of the shape that its kind has.
    fn answer(self) -> Option<Answer> {
        match self.kind.as_str() {
            "scalar" => serde_json::from_value::<(f64, String)>(self.result).ok()?.1.parse().ok().map(Answer::Scalar),
            "string" => serde_json::from_value::<(f64, String)>(self.result).ok().map(|pair| Answer::Text(pair.1)),
            "vector" => series(self.result).map(Answer::Vector),
            "matrix" => series(self.result).map(Answer::Matrix),
            _ => None,
        }
    }
}

fn series(result: Value) -> Option<Vec<Series>> {
    let rows: Vec<Row> = serde_json::from_value(result).ok()?;
    let rows = rows.into_iter().map(|row| {
        let pairs = row.values.unwrap_or_default().into_iter().chain(row.value);
        // Values are texts: JSON has no NaN and no infinity.
        let points = pairs.map(|(at, value)| Some((at, value.parse().ok()?))).collect::<Option<_>>()?;
        Some(Series { labels: row.metric, points })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Option<Answer> {
        serde_json::from_str::<Data>(text).unwrap().answer()
    }

    #[test]
    fn every_type_of_result_is_read() {
        assert_eq!(answer(r#"{"resultType":"scalar","result":[1.5,"+Inf"]}"#), Some(Answer::Scalar(f64::INFINITY)));
        assert_eq!(answer(r#"{"resultType":"string","result":[1.5,"x"]}"#), Some(Answer::Text("x".to_owned())));
        let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        assert_eq!(
            answer(r#"{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.25,"2"]}]}"#),
            Some(Answer::Vector(vec![Series { labels: labels.clone(), points: vec![(1.25, 2.0)] }]))
        );
        assert_eq!(
            answer(r#"{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"],[2,"3e1"]]}]}"#),
            Some(Answer::Matrix(vec![Series { labels, points: vec![(1.0, 2.0), (2.0, 30.0)] }]))
        );
        assert_eq!(answer(r#"{"resultType":"matrix","result":[{"values":[[1,"two"]]}]}"#), None);
        assert_eq!(answer(r#"{"resultType":"streams","result":[]}"#), None);
    }

    #[test]
    fn a_prometheus_may_live_below_a_path() {
        for (base, whole) in [
            ("http://prom.test:9090", "http://prom.test:9090/api/v1/query"),
            ("http://prom.test/prometheus", "http://prom.test/prometheus/api/v1/query"),
            ("http://prom.test/prometheus/", "http://prom.test/prometheus/api/v1/query"),
        ] {
            assert_eq!(below(&Url::parse(base).unwrap(), "api/v1/query").as_str(), whole);
        }
    }
}
