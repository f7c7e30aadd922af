//! Counters of disks, network and memory's end, from the text of their files in `/proc`.

use super::series::Keys;
use crate::event::Sample;

/// Bytes of a sector in `/proc/diskstats`, whatever the disk's own sectors are.
const SECTOR: u64 = 512;

/// Interfaces whose bytes are seen again on the one that leads out: bridges and the host's ends of containers.
const INNER: [&str; 9] = ["veth", "br-", "docker", "virbr", "cni", "cali", "flannel", "ifb", "dummy"];

/// Sums over whole disks.
pub(super) fn disks(text: &str, keys: &mut Keys, samples: &mut Vec<Sample>) {
    // Fields of a line after the disk's name: reads, merged, sectors, ms; writes, merged, sectors, ms; in flight, ms busy.
    let mut sums = [0u64; 10];
    for line in text.lines() {
        let mut fields = line.split_ascii_whitespace().skip(2);
        let Some(name) = fields.next() else { continue };
        if is_whole_disk(name) {
            sums.iter_mut().zip(fields).for_each(|(sum, field)| *sum += field.parse::<u64>().unwrap_or(0));
        }
    }
    let [reads, _, sectors_read, _, writes, _, sectors_written, _, _, busy_ms] = sums;
    samples.extend([
        keys.sample("node_disk_reads_total", reads as f64),
        keys.sample("node_disk_read_bytes_total", (sectors_read * SECTOR) as f64),
        keys.sample("node_disk_writes_total", writes as f64),
        keys.sample("node_disk_written_bytes_total", (sectors_written * SECTOR) as f64),
        keys.sample("node_disk_busy_seconds_total", busy_ms as f64 / 1e3),
    ]);
}

/// Whole disks only: partitions, loop and RAM devices would count bytes twice.
fn is_whole_disk(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    for prefix in ["sd", "vd", "hd", "xvd"] {
        if let Some(rest) = name.strip_prefix(prefix) {
            return rest.bytes().all(|b| b.is_ascii_lowercase());
        }
    }
    if let Some(rest) = name.strip_prefix("nvme").or_else(|| name.strip_prefix("mmcblk")) {
        return rest.rsplit_once('p').is_none_or(|(_, part)| !digits(part));
    }
    false
}

/// Sums over the interfaces that lead out of the machine, or of the container that hubmark is in.
pub(super) fn network(text: &str, keys: &mut Keys, samples: &mut Vec<Sample>) {
    // Fields of a line: bytes, packets, errors, dropped and four more; the same sent.
    let mut sums = [0u64; 16];
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let name = name.trim();
        if name != "lo" && !INNER.iter().any(|inner| name.starts_with(inner)) {
            let fields = rest.split_ascii_whitespace();
            sums.iter_mut().zip(fields).for_each(|(sum, field)| *sum += field.parse::<u64>().unwrap_or(0));
        }
    }
    for (direction, fields) in [("receive", &sums[..8]), ("transmit", &sums[8..])] {
        let bytes = match direction {
            "receive" => "node_network_receive_bytes_total",
            _ => "node_network_transmit_bytes_total",
        };
        samples.push(keys.sample(bytes, fields[0] as f64));
        samples.push(keys.labelled("node_network_packets_total", direction, "", fields[1] as f64));
        samples.push(keys.labelled("node_network_errors_total", direction, "", fields[2] as f64));
        samples.push(keys.labelled("node_network_dropped_total", direction, "", fields[3] as f64));
    }
}

/// How often the kernel ended a process because memory ran out, from `/proc/vmstat`; kernels before 4.13 do not count.
pub(super) fn oom_kills(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(samples: &[Sample], name: &str, label: &str) -> f64 {
        let found = samples.iter().find(|s| {
            s.series.name == name && (label.is_empty() || s.series.labels.values().any(|value| value == label))
        });
        found.unwrap_or_else(|| panic!("no {name} {label}")).value
    }

    #[test]
    fn partitions_are_told_from_disks() {
        for disk in ["sda", "vdb", "nvme0n1", "mmcblk0", "xvda"] {
            assert!(is_whole_disk(disk), "{disk}");
        }
        for part in ["sda1", "vdb2", "nvme0n1p1", "mmcblk0p2", "loop0", "dm-0", "ram1"] {
            assert!(!is_whole_disk(part), "{part}");
        }
    }

    #[test]
    fn disks_are_summed_and_their_partitions_are_not() {
        let text = "   8 0 sda 100 9 2000 50 40 8 800 70 0 1500 120 0 0 0 0 0 0\n   8 1 sda1 100 9 2000 50 40 8 800 70 0 1500 120\n \
                    259 0 nvme0n1 1 0 8 1 2 0 16 1 0 500 2\n   7 0 loop0 5 0 40 1 0 0 0 0 0 9 1\n";
        let mut samples = Vec::new();
        disks(text, &mut Keys::default(), &mut samples);
        assert_eq!(value(&samples, "node_disk_reads_total", ""), 101.0);
        assert_eq!(value(&samples, "node_disk_read_bytes_total", ""), 2008.0 * 512.0);
        assert_eq!(value(&samples, "node_disk_writes_total", ""), 42.0);
        assert_eq!(value(&samples, "node_disk_written_bytes_total", ""), 816.0 * 512.0);
        assert_eq!(value(&samples, "node_disk_busy_seconds_total", ""), 2.0);
    }

    #[test]
    fn bytes_of_containers_count_where_they_leave_the_machine() {
        let text = "Inter-|   Receive                                                |  Transmit\n \
                    face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n \
                    lo: 900 9 0 0 0 0 0 0 900 9 0 0 0 0 0 0\n eth0: 5000 10 1 2 0 0 0 0 7000 20 3 4 0 0 0 0\n \
                    enp3s0:100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n veth12ab: 5000 10 0 0 0 0 0 0 7000 20 0 0 0 0 0 0\n \
                    docker0: 5000 10 0 0 0 0 0 0 7000 20 0 0 0 0 0 0\n";
        let mut samples = Vec::new();
        network(text, &mut Keys::default(), &mut samples);
        assert_eq!(value(&samples, "node_network_receive_bytes_total", ""), 5100.0);
        assert_eq!(value(&samples, "node_network_transmit_bytes_total", ""), 7200.0);
        assert_eq!(value(&samples, "node_network_packets_total", "transmit"), 22.0);
        assert_eq!(value(&samples, "node_network_errors_total", "transmit"), 3.0);
        assert_eq!(value(&samples, "node_network_dropped_total", "receive"), 2.0);
    }

    #[test]
    fn kills_are_unknown_where_the_kernel_does_not_count_them() {
        assert_eq!(oom_kills("nr_free_pages 5\noom_kill 3\noom_kill_other 9\n"), Some(3));
        assert_eq!(oom_kills("nr_free_pages 5\n"), None);
    }
}
