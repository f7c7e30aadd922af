//! The profiles on recorded pages.

use super::*;
use crate::prom::page::{Format, parse};

fn fixture(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/expositions").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn value(readings: &[Reading<'_>], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let has =
        |reading: &Reading<'_>| labels.iter().all(|want| reading.labels.iter().any(|(n, v)| (&**n, &**v) == *want));
    let mut found = readings.iter().filter(|reading| reading.name == name && has(reading));
    let first = found.next().map(|reading| reading.value);
    assert!(found.next().is_none(), "{name} {labels:?} is there twice");
    first
}

#[test]
fn a_node_exporters_page_is_the_host() {
    let text = fixture("node_exporter-1.5.0.prom");
    let page = parse(&text, Format::Text).unwrap();
    let found: Vec<Profile> = Profile::ALL.into_iter().filter(|profile| profile.is_on(&page)).collect();
    assert_eq!(found, [Profile::NodeExporter]);
    let readings = read_all(&page);
    let value = |name: &str, labels: &[(&str, &str)]| value(&readings, name, labels);
    assert_eq!(value("node_cpu_seconds_total", &[("mode", "idle")]), Some(6220.45 + 5435.83), "both processors");
    assert_eq!(value("node_cpu_seconds_total", &[("mode", "steal")]), Some(3.81 + 3.89));
    assert_eq!(value("node_memory_total_bytes", &[]), Some(25_276_502_016.0));
    assert_eq!(value("node_memory_used_bytes", &[]), Some(25_276_502_016.0 - 24_178_352_128.0));
    assert_eq!(value("node_boot_time_seconds", &[]), Some(1_795_559_735.0));
    assert_eq!(value("node_pressure_seconds_total", &[("resource", "cpu"), ("kind", "some")]), Some(5392.170849));
    assert_eq!(value("node_pressure_seconds_total", &[("resource", "io"), ("kind", "full")]), Some(75.99241400000001));
    let disk = page.named("node_disk_read_bytes_total").find(|point| point.label("device") == Some("vda")).unwrap();
    assert_eq!(value("node_disk_read_bytes_total", &[]), Some(disk.value), "compressed memory is no disk");
    assert_eq!(value("node_oom_kills_total", &[]), Some(0.0));
    assert!(readings.iter().all(|reading| !reading.rate));
}

#[test]
fn dcgms_units_are_turned_into_base_units_and_its_marks_for_nothing_into_nothing() {
    let text = fixture("dcgm-exporter.prom");
    let page = parse(&text, Format::Text).unwrap();
    let readings = read_all(&page);
    let of = |name: &str, gpu: &str, more: &[(&str, &str)]| {
        let labels: Vec<_> = [("gpu", gpu)].into_iter().chain(more.iter().copied()).collect();
        value(&readings, name, &labels)
    };
    assert_eq!(of("gpu_utilization_ratio", "0", &[]), Some(0.9125), "the engine's activity goes before the estimate");
    assert_eq!(
        of("gpu_utilization_ratio", "1", &[]),
        Some(0.03),
        "no activity told: percent, and not the MIG instance"
    );
    assert_eq!(of("gpu_memory_used_bytes", "0", &[]), Some(9816.0 * 1_048_576.0));
    assert_eq!(of("gpu_memory_total_bytes", "0", &[]), Some(40960.0 * 1_048_576.0), "reserved memory is memory");
    assert_eq!(of("gpu_energy_joules_total", "0", &[]), Some(3875.0));
    assert_eq!(of("gpu_clock_hertz", "0", &[("domain", "sm")]), Some(1.41e9));
    assert_eq!(of("gpu_ecc_errors_total", "0", &[("kind", "uncorrected")]), Some(1.0));
    assert_eq!(of("gpu_sm_activity_ratio", "1", &[]), None, "absent, not zero");
    let rates: Vec<&str> = readings.iter().filter(|r| r.rate).map(|r| r.name.as_ref()).collect();
    let (busy, power, pcie) = ("gpu_busy_seconds_total", "gpu_power_joules_total", "gpu_pcie_bytes_total");
    assert_eq!(rates, [busy, power, pcie, pcie, busy, power]);
    assert!(!readings.iter().any(|reading| reading.value > 1e15), "no mark for nothing came through");
    assert!(!readings.iter().any(|reading| reading.name.contains("xid")), "the last XID is no count");
    let uuid = &readings[0].labels[1];
    assert_eq!((&*uuid.0, &*uuid.1), ("uuid", "GPU-34319582-d595-d1c7-d1d2-179bcfa61660"));
}

#[test]
fn nvidia_smis_uuids_are_those_of_the_driver() {
    let text = fixture("nvidia_gpu_exporter.prom");
    let page = parse(&text, Format::Text).unwrap();
    let readings = read_all(&page);
    let gpu = [("gpu", "0"), ("uuid", "GPU-df6e7a7c-7314-46f8-abc4-b88b36dcf3aa")];
    assert_eq!(value(&readings, "gpu_memory_total_bytes", &gpu), Some(8_589_934_592.0));
    assert_eq!(value(&readings, "gpu_power_watts", &gpu), Some(28.07));
    assert_eq!(value(&readings, "gpu_temperature_celsius", &gpu), Some(34.0));
    assert_eq!(value(&readings, "gpu_energy_joules_total", &gpu), None, "it has no counter");
    let capped = [gpu[0], ("reason", "power_cap")];
    assert_eq!(value(&readings, "gpu_throttle_seconds_total", &capped), Some(1.0), "a second each second");
}

#[test]
fn an_agent_is_believed_before_other_exporters_and_lent_gpus_are_not_read_twice() {
    let text = "hubmark_node_load1{role=\"gpu_server\",node=\"gx8\",job=\"j\",instance=\"i\"} 2\nnode_load1 3\n\
                hubmark_gpu_power_watts{gpu=\"0\",uuid=\"GPU-a\",role=\"gpu_server\",node=\"gx8\"} 100\n\
                hubmark_gpu_power_watts{gpu=\"0\",uuid=\"GPU-a\",role=\"microserver\",node=\"ms-01\",gpu_server=\"gx8\"} 100\n\
                nvidia_smi_power_draw_watts{uuid=\"a\"} 101\nhubmark_self_threads 9\nhubmark_node_up 1\n";
    let page = parse(text, Format::Text).unwrap();
    let readings = read_all(&page);
    assert_eq!(readings.len(), 2, "{readings:?}");
    assert_eq!(value(&readings, "node_load1", &[]), Some(2.0));
    assert!(readings[0].labels.is_empty(), "target labels are not the series' own");
    assert_eq!(value(&readings, "gpu_power_watts", &[("uuid", "GPU-a")]), Some(100.0));
}

#[test]
fn a_profile_is_found_by_its_name() {
    for profile in Profile::ALL {
        assert_eq!(Profile::of(profile.name()), Some(profile));
        assert!(!profile.names().is_empty());
    }
    assert_eq!(Profile::of("telegraf"), None);
}
