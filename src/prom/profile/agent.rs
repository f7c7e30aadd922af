//! `hubmark agent`: the series are hubmark's own already.

use super::Reading;
use crate::prom::page::Page;
use std::borrow::Cow;

/// Labels of the series of hosts and GPUs. Others are the target's (`job`, `instance`) or a Prometheus' own (`cluster`).
const LABELS: &[&str] =
    &["mode", "resource", "kind", "gpu", "uuid", "domain", "reason", "xid", "direction", "device", "simulated"];

/// The label of a copy of a GPU's series under the microserver that it is lent to: the server's own copy is the one that is read.
pub const LENT_BY: &str = "gpu_server";

/// The name without `hubmark_`, if it is one of a host or a GPU.
pub(super) fn own_name(name: &str) -> Option<&str> {
    let own = name.strip_prefix("hubmark_")?;
    // `up` is said of the source anyway.
    (own.starts_with("gpu_") || own.starts_with("node_") && own != "node_up").then_some(own)
}

pub(super) fn read<'p>(page: &'p Page<'_>) -> Vec<Reading<'p>> {
    let own = page.points().filter(|point| point.label(LENT_BY).is_none());
    let readings = own.filter_map(|point| {
        let labels = point.labels.iter().filter(|(name, _)| LABELS.contains(&name.as_ref()));
        let labels = labels.map(|(name, value)| (Cow::Borrowed(name.as_ref()), Cow::Borrowed(value.as_ref())));
        Some(Reading {
            name: Cow::Borrowed(own_name(&point.name)?),
            labels: labels.collect(),
            value: point.value,
            rate: false,
        })
    });
    readings.collect()
}
