//! The board as a page.

use super::board::{Board, Work};
use super::histogram::Histogram;
use crate::event::{Outcome, SeriesKey};
use crate::http::Answer;
use crate::prom::page::{Family, Format, Kind, Label, Page, Point, number, render};
use std::borrow::Cow;
use std::collections::BTreeMap;

impl Board {
    /// The page of a path of the run's server.
    #[must_use]
    pub fn page(&self, path: &str) -> Option<Answer> {
        let page = match path {
            "/metrics" => self.metrics(),
            "/healthz" => return Some(Answer::text(200, "ok\n")),
            _ => return None,
        };
        Some(Answer { status: 200, content_type: Format::Text.content_type(), body: render(&page, Format::Text) })
    }

    pub(super) fn metrics(&self) -> Page<'_> {
        let mut families = vec![
            self.counts(
                "hubmark_tasks_started_total",
                "Tasks that were begun.",
                self.started.iter().map(|(work, n)| (work, None, *n)),
            ),
            self.counts(
                "hubmark_tasks_completed_total",
                "Tasks that ended, by how.",
                self.completed.iter().map(|((work, outcome), n)| (work, Some(*outcome), *n)),
            ),
            self.histogram("hubmark_task_duration_seconds", "Service time of tasks that ended well.", &self.tasks),
            self.histogram(
                "hubmark_cell_duration_seconds",
                "Time of cells that ended well, as the client saw it.",
                &self.cells,
            ),
            self.histogram(
                "hubmark_spawn_duration_seconds",
                "From asking for a server until it was ready.",
                &self.spawns,
            ),
            self.histogram(
                "hubmark_kernel_start_duration_seconds",
                "From asking for a kernel until it could execute.",
                &self.kernels,
            ),
        ];
        let busy = self.tasks_running.min(self.users);
        let users = [("busy", busy), ("idle", self.users - busy)];
        let users = users.map(|(state, n)| self.point("hubmark_users", vec![label("state", state)], f64::from(n)));
        families.push(family(
            "hubmark_users",
            Kind::Gauge,
            "Users at work, by whether a task is under way.",
            users.to_vec(),
        ));
        let one = |name: &'static str, kind, help, value: f64| {
            family(name, kind, help, vec![self.point(name, vec![], value)])
        };
        families.push(one(
            "hubmark_iterations_dropped_total",
            Kind::Counter,
            "Iterations that could not start at their time.",
            self.dropped as f64,
        ));
        families.push(one(
            "hubmark_generation",
            Kind::Gauge,
            "Generation of the plan in force.",
            f64::from(self.generation),
        ));
        families.push(family(
            "hubmark_threshold_ok",
            Kind::Gauge,
            "Whether an objective held in the last window that could be judged: 1 or 0; nothing while it is undecided.",
            self.thresholds
                .iter()
                .map(|(text, holds)| {
                    self.point("hubmark_threshold_ok", vec![label("threshold", text)], f64::from(u8::from(*holds)))
                })
                .collect(),
        ));
        families.extend(self.own());
        Page { families }
    }

    /// hubmark's own series: those of its process, and how its samplers do.
    fn own(&self) -> Vec<Family<'_>> {
        let mut by_name: BTreeMap<&str, Vec<(&SeriesKey, f64)>> = BTreeMap::new();
        for (key, value) in &self.own {
            by_name.entry(&key.name).or_default().push((key, *value));
        }
        let families = by_name.into_iter().map(|(name, points)| {
            let whole = format!("hubmark_{name}");
            let kind = if name.ends_with("_total") { Kind::Counter } else { Kind::Gauge };
            let points = points.into_iter().map(|(key, value)| {
                let labels = key.labels.iter().map(|(name, value)| label(name, value)).collect();
                self.point(whole.clone(), labels, value)
            });
            let points = points.collect();
            // The table of series, with its words, belongs to `sampler`; the reference page has it.
            family(whole, kind, "See docs/reference/metrics.md.", points)
        });
        families.collect()
    }

    fn counts<'a>(
        &'a self,
        name: &'static str,
        help: &'static str,
        counts: impl Iterator<Item = (&'a Work, Option<Outcome>, u64)>,
    ) -> Family<'a> {
        let points = counts.map(|(work, outcome, count)| {
            let mut labels = vec![label("notebook", &work.notebook)];
            labels.extend(outcome.map(|outcome| label("outcome", outcome.name())));
            if let Some((node, role)) = &work.node {
                labels.extend([label("role", role), label("node", node)]);
            }
            self.point(name, labels, count as f64)
        });
        family(name, Kind::Counter, help, points.collect())
    }

    fn histogram(&self, name: &'static str, help: &'static str, of: &Histogram) -> Family<'_> {
        let whole = std::iter::once((f64::INFINITY, of.count));
        let buckets = of.cumulative().chain(whole).map(|(bound, count)| {
            let le = vec![(Cow::Borrowed("le"), Cow::Owned(number(bound)))];
            self.point(format!("{name}_bucket"), le, count as f64)
        });
        let mut points: Vec<Point<'_>> = buckets.collect();
        points.push(self.point(format!("{name}_sum"), vec![], of.sum_s));
        points.push(self.point(format!("{name}_count"), vec![], of.count as f64));
        family(name, Kind::Histogram, help, points)
    }

    fn point<'a>(&'a self, name: impl Into<Cow<'a, str>>, own: Vec<Label<'a>>, value: f64) -> Point<'a> {
        let mut labels = vec![label("run", &self.run), label("scenario", &self.scenario)];
        labels.extend(own);
        Point { name: name.into(), labels, value, timestamp_ms: None, exemplar: None }
    }
}

fn label<'a>(name: &'a str, value: &'a str) -> Label<'a> {
    (Cow::Borrowed(name), Cow::Borrowed(value))
}

fn family<'a>(name: impl Into<Cow<'a, str>>, kind: Kind, help: &'static str, points: Vec<Point<'a>>) -> Family<'a> {
    Family { name: name.into(), kind, help: Some(Cow::Borrowed(help)), unit: None, points }
}
