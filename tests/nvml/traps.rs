//! What is known to go wrong with NVML, one test each.

use super::rig::{SECOND, gpu, machine, open, ticks, value, with};
use hubmark::sampler::SERIES;
use hubmark::sampler::gpu::NoDriver;
use nvidia_ml::{Config, Curve, Gpm, Gpu, Pcie, Process, Standin};
use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_machine_without_the_library_has_no_driver() {
    let result = hubmark::sampler::gpu::Nvml::open(Some(OsStr::new("/nowhere/libnvidia-ml.so.1")), Arc::new(|| 0));
    let error = result.err().expect("there is no such library");
    assert!(matches!(&error, NoDriver::Absent { cause } if cause.contains("/nowhere/libnvidia-ml.so.1")), "{error:?}");
    assert_eq!(error.to_string(), "no NVIDIA driver");
}

#[test]
fn a_library_without_a_loaded_driver_is_no_driver_and_one_that_fails_is_told() {
    for (answer, text) in [
        ("driver_not_loaded", "no NVIDIA driver"),
        (
            "no_permission",
            "the NVIDIA driver cannot be used: the current user does not have permission to perform this operation",
        ),
    ] {
        let standin = Standin::start(&Config { init: answer.to_owned(), ..machine(vec![gpu(1)]) }, &[]);
        assert_eq!(open(&standin).err().map(|error| error.to_string()).as_deref(), Some(text));
        assert_eq!(standin.open(), [0, 0, 0]);
    }
}

#[test]
fn a_library_that_cannot_be_shut_down_is_refused_without_a_panic() {
    let standin = Standin::start(&machine(vec![gpu(1)]), &["nvmlShutdown"]);
    let error = open(&standin).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("the NVIDIA driver cannot be used: its library has no nvmlShutdown"));
}

#[test]
fn power_is_that_of_the_instant_and_not_the_mean_of_a_second() {
    let power = Curve::Steps { steps: vec![(0.0, 100.0), (10.0, 300.0)] };
    let mut config = machine(vec![Gpu { power, ..gpu(1) }]);
    let look = |config: &Config| {
        with(config, &[], |standin, gpus, meter| {
            let samples = ticks(standin, gpus, meter, Duration::from_millis(10_100), 1);
            (value(&samples, "gpu_power_watts", ""), meter.notices())
        })
    };
    assert_eq!(look(&config), (Some(300.0), no_performance()));
    config.gpus[0].fails.insert("field:186".to_owned(), "invalid_argument".to_owned());
    let (watts, notices) = look(&config);
    assert_eq!(watts, Some(120.0), "a tenth of the last second had 300 W");
    assert!(
        notices.contains(&"GPU 0: no power at an instant (the driver is too old for it)".to_owned()),
        "{notices:?}"
    );
}

fn no_performance() -> Vec<String> {
    vec!["GPU 0: no SM activity (not supported)".to_owned()]
}

#[test]
fn the_bus_is_read_by_counters_that_may_begin_anew_and_never_by_the_call_that_blocks() {
    for (bits, from) in [(32, (1 << 32) - 1000), (64, 7)] {
        let pcie = Pcie { tx_per_s: 500.0, rx_per_s: 50.0, from, bits };
        with(&machine(vec![Gpu { pcie, ..gpu(1) }]), &[], |standin, gpus, meter| {
            let first = ticks(standin, gpus, meter, SECOND, 1);
            assert_eq!(value(&first, "gpu_pcie_bytes_total", "transmit"), Some(0.0));
            let last = ticks(standin, gpus, meter, SECOND, 4);
            assert_eq!(value(&last, "gpu_pcie_bytes_total", "transmit"), Some(2000.0), "{bits} bits");
            assert_eq!(value(&last, "gpu_pcie_bytes_total", "receive"), Some(200.0), "{bits} bits");
            assert_eq!(standin.calls(c"nvmlDeviceGetPcieThroughput"), 0);
        });
    }
}

#[test]
fn a_gpu_that_is_cut_into_instances_has_no_utilisation_until_it_is_whole_again() {
    let mut config = machine(vec![Gpu { mig: true, load: Curve::Constant(50.0), ..gpu(1) }]);
    with(&config.clone(), &[], |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 2);
        assert_eq!(value(&samples, "gpu_utilization_ratio", ""), None);
        assert_eq!(value(&samples, "gpu_busy_seconds_total", ""), None, "what is not known is not zero");
        assert!(value(&samples, "gpu_memory_used_bytes", "").is_some());
        assert_eq!(meter.notices(), ["GPU 0: no utilisation, no SM activity (not supported)"]);
        config.gpus[0].mig = false;
        standin.configure(&config);
        let mig: Vec<_> = gpus.inventory().unwrap().into_iter().map(|info| info.mig).collect();
        assert_eq!(mig, [Some(false)]);
        let samples = ticks(standin, gpus, meter, SECOND, 2);
        assert_eq!(value(&samples, "gpu_utilization_ratio", ""), Some(0.5));
        assert_eq!(value(&samples, "gpu_busy_seconds_total", ""), Some(0.5), "counted from the first reading");
    });
}

#[test]
fn hopper_says_what_its_sms_did_since_the_look_before() {
    let gpm = Gpm {
        sm: Curve::Steps { steps: vec![(0.0, 20.0), (1.5, 60.0)] },
        occupancy: Curve::Constant(25.0),
        tensor: Curve::Constant(12.5),
        dram: Curve::Constant(75.0),
    };
    with(&machine(vec![Gpu { gpm: Some(gpm), ..gpu(1) }]), &[], |standin, gpus, meter| {
        let first = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(value(&first, "gpu_sm_activity_ratio", ""), None, "one look has nothing to compare with");
        let second = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(value(&second, "gpu_sm_activity_ratio", ""), Some(0.4));
        assert_eq!(value(&second, "gpu_sm_occupancy_ratio", ""), Some(0.25));
        assert_eq!(value(&second, "gpu_tensor_activity_ratio", ""), Some(0.125));
        assert_eq!(value(&second, "gpu_dram_activity_ratio", ""), Some(0.75));
        ticks(standin, gpus, meter, SECOND, 5);
        assert_eq!(standin.open()[2], 1, "one sample is kept from look to look");
    });
}

#[test]
fn performance_samples_that_cannot_be_freed_are_not_taken() {
    let gpm = Gpm {
        sm: Curve::Constant(1.0),
        occupancy: Curve::Constant(1.0),
        tensor: Curve::Constant(1.0),
        dram: Curve::Constant(1.0),
    };
    with(&machine(vec![Gpu { gpm: Some(gpm), ..gpu(1) }]), &["nvmlGpmSampleFree"], |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 2);
        assert_eq!(value(&samples, "gpu_sm_activity_ratio", ""), None);
        assert_eq!(meter.notices(), ["GPU 0: no SM activity (the driver is too old for it)"]);
    });
}

#[test]
fn processes_have_the_pids_of_the_host_and_idle_ones_no_utilisation() {
    let busy = Process { pid: 4711, memory: Some(3 << 30), sm: Some(37) };
    let silent = Process { pid: 4712, memory: None, sm: None };
    for without in [&[][..], &["nvmlDeviceGetComputeRunningProcesses_v3"][..]] {
        let mut config = machine(vec![Gpu { processes: vec![busy.clone(), silent.clone()], ..gpu(1) }]);
        with(&config.clone(), without, |standin, gpus, _| {
            let uuid = config.gpus[0].uuid.clone();
            let mut list = Vec::new();
            gpus.processes(&uuid, &mut list).unwrap();
            let seen: Vec<_> = list.iter().map(|p| (p.pid, p.memory_bytes, p.sm_percent)).collect();
            assert_eq!(seen, [(4711, Some(3 << 30), Some(37)), (4712, None, None)]);
            // All idle: the driver says that nothing was found, which is no failure.
            config.gpus[0].processes[0].sm = None;
            standin.configure(&config);
            gpus.processes(&uuid, &mut list).unwrap();
            assert_eq!(list.iter().map(|p| p.sm_percent).collect::<Vec<_>>(), [None, None]);
            config.gpus[0].processes.clear();
            standin.configure(&config);
            gpus.processes(&uuid, &mut list).unwrap();
            assert_eq!(list, []);
            assert_eq!(gpus.notices(), Vec::<String>::new());
        });
    }
}

#[test]
fn what_a_driver_lacks_is_missed_once_and_everything_else_is_there() {
    let without = ["nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetFieldValues", "nvmlDeviceGetTotalEnergyConsumption"];
    with(&machine(vec![gpu(1)]), &without, |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 3);
        for gone in ["gpu_memory_used_bytes", "gpu_energy_joules_total"] {
            assert_eq!(value(&samples, gone, ""), None, "{gone}");
        }
        assert_eq!(value(&samples, "gpu_power_watts", ""), Some(100.0));
        assert_eq!(value(&samples, "gpu_utilization_ratio", ""), Some(0.0));
        let old = "GPU 0: no memory, no power at an instant, no energy counter, no bytes sent over PCIe, \
                   no bytes received over PCIe (the driver is too old for it)";
        assert_eq!(meter.notices(), ["GPU 0: no SM activity (not supported)", old]);
    });
}

#[test]
fn what_is_not_supported_or_not_permitted_is_asked_once_and_told_once_for_all_gpus() {
    let mut one = gpu(1);
    one.fails.insert("nvmlDeviceGetTotalEccErrors".to_owned(), "not_supported".to_owned());
    let mut two = gpu(2);
    two.fails = one.fails.clone();
    two.fails.insert("nvmlDeviceGetClockInfo".to_owned(), "no_permission".to_owned());
    with(&machine(vec![one, two]), &[], |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 5);
        assert_eq!(standin.calls(c"nvmlDeviceGetTotalEccErrors"), 2, "once for each GPU");
        assert_eq!(samples.iter().filter(|s| s.series.name == "gpu_clock_hertz").count(), 3, "those of one GPU");
        assert!(samples.iter().all(|s| s.series.name != "gpu_ecc_errors_total"));
        let told = ["GPU 1: no clocks (no permission)", "GPU 0, 1: no ECC errors, no SM activity (not supported)"];
        assert_eq!(meter.notices(), told);
    });
}

#[test]
fn what_fails_once_is_absent_once() {
    let mut config = machine(vec![gpu(1)]);
    config.gpus[0].fails.insert("nvmlDeviceGetTemperature".to_owned(), "unknown".to_owned());
    with(&config.clone(), &[], |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(value(&samples, "gpu_temperature_celsius", ""), None);
        config.gpus[0].fails.clear();
        standin.configure(&config);
        let samples = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(value(&samples, "gpu_temperature_celsius", ""), Some(40.0));
        assert_eq!(meter.notices(), no_performance());
    });
}

#[test]
fn every_sample_is_in_the_table_with_its_labels() {
    let gpm = Gpm {
        sm: Curve::Constant(1.0),
        occupancy: Curve::Constant(1.0),
        tensor: Curve::Constant(1.0),
        dram: Curve::Constant(1.0),
    };
    with(&machine(vec![Gpu { gpm: Some(gpm), ..gpu(1) }]), &[], |standin, gpus, meter| {
        gpus.events(Duration::ZERO).unwrap();
        standin.raise(0, 8, 31);
        gpus.events(Duration::ZERO).unwrap().iter().for_each(|event| meter.event(event));
        let samples = ticks(standin, gpus, meter, SECOND, 2);
        for sample in &samples {
            let row = SERIES.iter().find(|series| series.name == sample.series.name);
            let mut known = row.unwrap_or_else(|| panic!("{} is not in the table", sample.series.name)).labels.to_vec();
            if sample.series.name.starts_with("gpu_") {
                // The stand-in calls its GPUs made up, and so does every series of them.
                known.push("simulated");
            }
            known.sort_unstable();
            assert_eq!(sample.series.labels.keys().collect::<Vec<_>>(), known);
        }
        let rows = SERIES.iter().filter(|series| series.name.starts_with("gpu_"));
        let absent: Vec<&str> =
            rows.map(|row| row.name).filter(|name| samples.iter().all(|s| s.series.name != *name)).collect();
        assert_eq!(absent, Vec::<&str>::new(), "series of the table that nothing makes");
    });
}
