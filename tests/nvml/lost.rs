//! GPUs that fall off the bus and come back.

use super::rig::{SECOND, gpu, machine, ticks, value, with};
use nvidia_ml::{Curve, Gpu};

#[test]
fn a_lost_gpu_is_told_once_leaves_a_gap_and_is_found_again_by_its_uuid() {
    let busy = |number| Gpu { load: Curve::Constant(50.0), ..gpu(number) };
    let mut config = machine(vec![busy(1), busy(2)]);
    let uuid = config.gpus[1].uuid.clone();
    with(&config.clone(), &[], |standin, gpus, meter| {
        ticks(standin, gpus, meter, SECOND, 3);
        meter.notices();
        config.gpus[1].lost = true;
        standin.configure(&config);
        let samples = ticks(standin, gpus, meter, SECOND, 4);
        assert_eq!(value(&samples, "gpu_up", &uuid), Some(0.0));
        let of_lost = samples.iter().filter(|s| s.series.labels.get("uuid") == Some(&uuid)).count();
        assert_eq!(of_lost, 1, "a gap, not zeros");
        assert_eq!(value(&samples, "gpu_busy_seconds_total", &config.gpus[0].uuid), Some(3.0));
        assert_eq!(meter.notices(), [format!("GPU 1 ({uuid}) was lost")]);
        // It comes back under another number.
        config.gpus[1].lost = false;
        config.gpus.swap(0, 1);
        standin.configure(&config);
        let samples = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(value(&samples, "gpu_up", &uuid), Some(1.0));
        assert_eq!(value(&samples, "gpu_busy_seconds_total", &uuid), Some(1.0), "the gap counts for nothing");
        let notices = meter.notices();
        assert_eq!(
            notices[0],
            format!("GPU 1 ({uuid}) is back after 4.0 s"),
            "its number here stays that of the start"
        );
        let samples = ticks(standin, gpus, meter, SECOND, 2);
        assert_eq!(value(&samples, "gpu_busy_seconds_total", &uuid), Some(2.0));
    });
}

#[test]
fn a_gpu_that_is_lost_in_the_middle_of_a_look_gives_nothing_of_it() {
    let mut config = machine(vec![gpu(1)]);
    config.gpus[0].fails.insert("nvmlDeviceGetTemperature".to_owned(), "gpu_is_lost".to_owned());
    with(&config, &[], |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(samples.len(), 1);
        assert_eq!(value(&samples, "gpu_up", ""), Some(0.0));
        assert_eq!(meter.notices()[0], format!("GPU 0 ({}) was lost", config.gpus[0].uuid));
    });
}

#[test]
fn a_gpu_that_is_lost_from_the_start_is_not_in_the_inventory() {
    let config = machine(vec![Gpu { lost: true, ..gpu(1) }, gpu(2)]);
    with(&config, &[], |_, gpus, _| {
        let found: Vec<(u32, String)> =
            gpus.inventory().unwrap().into_iter().map(|info| (info.index, info.uuid.to_string())).collect();
        assert_eq!(found, [(1, config.gpus[1].uuid.clone())]);
    });
}
