//! From the engine's answers to values in the hands of the author's code.

use crate::port::{Figure, Figures, LookSeries, RunAnswer, RunAsk, SeriesFound};
use crate::script::schema::STATS_FIELDS;
use crate::script::value::from_json;
use crate::script::vm::{StrictKind, strict_table};
use mlua::{Lua, Table, Value};
use serde_json::Value as Json;

/// Fields of an answer of series that may be nil.
const SERIES_OPTIONAL: &[&str] = &["value", "text"];
/// Fields of a metric's figures that may be nil.
const STATS_OPTIONAL: &[&str] = &["p50", "p95", "mean", "rate"];

/// The value of an answer.
pub(in crate::script) fn value(lua: &Lua, asked: &RunAsk, answer: &RunAnswer) -> mlua::Result<Value> {
    match answer {
        RunAnswer::Done | RunAnswer::Data(Json::Null) => Ok(Value::Nil),
        RunAnswer::Number(number) => Ok(Value::Number(*number)),
        RunAnswer::Data(data) => from_json(lua, data),
        RunAnswer::Figures(of) => {
            let table = figures(lua, of)?;
            debug_assert!(STATS_FIELDS.len() == STATS_OPTIONAL.len() + 1);
            match asked {
                RunAsk::Stats { .. } => frozen(lua, table, "the figures", STATS_OPTIONAL),
                // `run.lua` makes it strict, with the call that measures anew.
                _ => Ok(Value::Table(table)),
            }
        }
        RunAnswer::Series(found) => series(lua, found),
    }
}

fn frozen(lua: &Lua, table: Table, of: &'static str, optional: &'static [&'static str]) -> mlua::Result<Value> {
    strict_table(lua, table, StrictKind::Fields(of), optional).map(Value::Table)
}

fn figures(lua: &Lua, of: &Figures) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, of.len())?;
    for (field, figure) in of {
        match figure {
            Figure::Number(number) => table.raw_set(*field, *number)?,
            Figure::Text(text) => table.raw_set(*field, text.as_str())?,
            Figure::Flag(flag) => table.raw_set(*field, *flag)?,
            Figure::Map(values) => {
                let map = lua.create_table_from(values.iter().map(|(name, value)| (name.as_str(), *value)))?;
                map.set_readonly(true);
                table.raw_set(*field, map)?;
            }
        }
    }
    Ok(table)
}

fn series(lua: &Lua, found: &SeriesFound) -> mlua::Result<Value> {
    let table = lua.create_table()?;
    table.raw_set("kind", found.kind())?;
    match found {
        SeriesFound::Scalar(value) => table.raw_set("value", *value)?,
        SeriesFound::Text(text) => table.raw_set("text", text.as_str())?,
        // The sum of many things and the like: one series whose labels nobody asks for.
        SeriesFound::Vector(all) => {
            if let [LookSeries { points, .. }] = all.as_slice() {
                table.raw_set("value", points.last().map(|(_, value)| *value))?;
            }
        }
        SeriesFound::Matrix(_) => {}
    }
    let list = lua.create_table_with_capacity(found.series().len(), 0)?;
    for series in found.series() {
        list.raw_push(one(lua, series)?)?;
    }
    list.set_readonly(true);
    table.raw_set("series", list)?;
    frozen(lua, table, "the answer", SERIES_OPTIONAL)
}

fn one(lua: &Lua, series: &LookSeries) -> mlua::Result<Table> {
    let row = lua.create_table()?;
    let labels = lua.create_table_from(series.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    labels.set_readonly(true);
    row.raw_set("labels", labels)?;
    let points = lua.create_table_with_capacity(series.points.len(), 0)?;
    for (at_s, value) in &series.points {
        let point = lua.create_table_with_capacity(0, 2)?;
        point.raw_set("at_s", *at_s)?;
        point.raw_set("value", *value)?;
        points.raw_push(point)?;
    }
    points.set_readonly(true);
    row.raw_set("points", points)?;
    row.raw_set("value", series.points.last().map(|(_, value)| *value))?;
    row.set_readonly(true);
    Ok(row)
}
