//! Temperatures: `/sys/class/hwmon`, or `/sys/class/thermal` where there is none.

use super::emit::Emit;
use super::source::Source;

/// What a thing that works can have, in degrees Celsius; a sensor that says otherwise is not connected.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = -60.0..=200.0;

/// One sensor's reading.
#[derive(Debug, PartialEq)]
struct Reading {
    sensor: String,
    celsius: f64,
}

/// The kernel writes thousandths of a degree.
fn parse_millidegrees(text: &str) -> Option<f64> {
    let celsius = text.trim().parse::<f64>().ok()? / 1000.0;
    PLAUSIBLE.contains(&celsius).then_some(celsius)
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    let mut readings = monitors(source);
    if readings.is_empty() {
        readings = zones(source);
    }
    number_namesakes(&mut readings);
    for reading in readings {
        emit.gauge("hw_temperature_celsius", "celsius", &[("sensor", &reading.sensor)], reading.celsius);
    }
}

fn monitors(source: &mut Source) -> Vec<Reading> {
    let mut readings = Vec::new();
    for chip in source.names("sys/class/hwmon") {
        let folder = format!("sys/class/hwmon/{chip}");
        let name = source.read(format!("{folder}/name")).map_or(chip, |name| name.trim().to_owned());
        for file in source.names(&folder) {
            let Some(input) = file.strip_suffix("_input").filter(|input| input.starts_with("temp")) else { continue };
            let Some(celsius) = source.read(format!("{folder}/{file}")).and_then(parse_millidegrees) else { continue };
            let label = source.read(format!("{folder}/{input}_label")).map_or(input, str::trim);
            readings.push(Reading { sensor: format!("{name} {label}"), celsius });
        }
    }
    readings
}

fn zones(source: &mut Source) -> Vec<Reading> {
    let mut readings = Vec::new();
    for zone in source.names("sys/class/thermal") {
        let Some(celsius) = source.read(format!("sys/class/thermal/{zone}/temp")).and_then(parse_millidegrees) else { continue };
        let sensor = source.read(format!("sys/class/thermal/{zone}/type")).map_or(zone, |kind| kind.trim().to_owned());
        readings.push(Reading { sensor, celsius });
    }
    readings
}

/// Two disks of one make have sensors of one name.
fn number_namesakes(readings: &mut [Reading]) {
    let mut seen = std::collections::HashMap::<String, usize>::new();
    for reading in readings {
        let times = seen.entry(reading.sensor.clone()).or_default();
        *times += 1;
        if *times > 1 {
            reading.sensor = format!("{} {times}", reading.sensor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    #[test]
    fn tells_each_sensor_by_a_name_of_its_own() {
        let machine = Machine::with(&[
            ("sys/class/hwmon/hwmon0/name", "coretemp\n"),
            ("sys/class/hwmon/hwmon0/temp1_input", "45500\n"),
            ("sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n"),
            ("sys/class/hwmon/hwmon0/fan1_input", "900\n"),
            ("sys/class/hwmon/hwmon1/name", "nvme\n"),
            ("sys/class/hwmon/hwmon1/temp1_input", "38000\n"),
            ("sys/class/hwmon/hwmon2/name", "nvme\n"),
            ("sys/class/hwmon/hwmon2/temp1_input", "39000\n"),
            ("sys/class/hwmon/hwmon2/temp2_input", "-273150\n"),
            ("sys/class/thermal/thermal_zone0/temp", "50000\n"),
        ]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        hw_temperature_celsius {sensor=coretemp Package id 0} 45.5 gauge celsius
        hw_temperature_celsius {sensor=nvme temp1} 38 gauge celsius
        hw_temperature_celsius {sensor=nvme temp1 2} 39 gauge celsius
        ");
    }

    #[test]
    fn falls_back_on_thermal_zones() {
        let machine = Machine::with(&[
            ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
            ("sys/class/thermal/thermal_zone0/temp", "51234\n"),
            ("sys/class/thermal/cooling_device0/type", "Fan\n"),
        ]);
        insta::assert_snapshot!(machine.collect(collect).text(), @"hw_temperature_celsius {sensor=cpu-thermal} 51.234 gauge celsius");
    }
}
