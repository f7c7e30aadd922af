//! XID and ECC errors, changes of instances.

use super::rig::{SECOND, gpu, machine, ticks, value, with};
use hubmark::sampler::gpu::{GpuError, GpuEventKind};
use nvidia_ml::Gpu;
use std::time::Duration;

/// Bits of the kinds of event, as in NVIDIA's header.
const DOUBLE_BIT_ECC: u64 = 2;
const XID: u64 = 8;
const MIG: u64 = 256;

#[test]
fn xid_errors_are_counted_by_number_and_told_once_a_tick_with_how_often() {
    let config = machine(vec![gpu(1), gpu(2)]);
    let uuid = config.gpus[1].uuid.clone();
    with(&config, &[], |standin, gpus, meter| {
        assert_eq!(gpus.events(Duration::ZERO), Ok(vec![]), "there are none yet");
        for (kind, data) in [(XID, 31), (XID, 31), (XID, 79), (DOUBLE_BIT_ECC, 0), (MIG, 0)] {
            standin.raise(1, kind, data);
            let events = gpus.events(Duration::from_secs(5)).unwrap();
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].uuid.as_deref(), Some(uuid.as_str()));
            events.iter().for_each(|event| meter.event(event));
        }
        let notices = meter.notices();
        let wanted = [
            "reported XID 31 (2 times)",
            "reported XID 79",
            "had an ECC error that it could not correct",
            "was cut into other instances",
        ];
        assert_eq!(notices, wanted.map(|text| format!("GPU 1 ({uuid}) {text}")));
        let samples = ticks(standin, gpus, meter, SECOND, 1);
        assert_eq!(value(&samples, "gpu_xid_errors_total", "31"), Some(2.0));
        assert_eq!(value(&samples, "gpu_xid_errors_total", "79"), Some(1.0));
    });
}

#[test]
fn the_error_of_a_gpu_that_fell_off_the_bus_is_not_lost_with_it() {
    let mut config = machine(vec![gpu(1), gpu(2)]);
    with(&config.clone(), &[], |standin, gpus, meter| {
        gpus.events(Duration::ZERO).unwrap();
        ticks(standin, gpus, meter, SECOND, 1);
        config.gpus[1].lost = true;
        standin.configure(&config);
        standin.raise(1, XID, 79);
        ticks(standin, gpus, meter, SECOND, 1);
        let events = gpus.events(Duration::from_secs(5)).unwrap();
        assert_eq!((events[0].uuid.as_deref(), events[0].kind), (None, GpuEventKind::Xid(79)));
        meter.event(&events[0]);
        let notices = meter.notices();
        assert_eq!(notices.last().unwrap(), &format!("GPU 1 ({}) reported XID 79", config.gpus[1].uuid));
    });
}

#[test]
fn a_gpu_without_events_does_not_keep_the_others_from_theirs() {
    let mut silent = gpu(1);
    silent.fails.insert("nvmlDeviceRegisterEvents".to_owned(), "not_supported".to_owned());
    with(&machine(vec![silent, gpu(2)]), &[], |standin, gpus, _| {
        gpus.events(Duration::ZERO).unwrap();
        assert_eq!(standin.open()[1], 1, "the set that failed is freed");
        standin.raise(0, XID, 1);
        standin.raise(1, XID, 2);
        let kinds: Vec<_> = gpus.events(Duration::from_secs(5)).unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [GpuEventKind::Xid(2)]);
    });
}

#[test]
fn events_that_a_driver_does_not_have_are_unsupported() {
    let none =
        Gpu { fails: [("nvmlDeviceGetSupportedEventTypes".to_owned(), "not_supported".to_owned())].into(), ..gpu(1) };
    let cases = [
        (machine(vec![none]), &[][..], "no GPU has events"),
        (machine(vec![gpu(1)]), &["nvmlEventSetFree"][..], "the driver is too old for events"),
        (machine(vec![gpu(1)]), &["nvmlEventSetCreate"][..], "events: the driver is too old for it"),
    ];
    for (config, without, why) in cases {
        with(&config, without, |_, gpus, _| {
            assert_eq!(gpus.events(Duration::ZERO), Err(GpuError::Unsupported(why.to_owned())));
        });
    }
}
