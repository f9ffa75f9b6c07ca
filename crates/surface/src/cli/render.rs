//! An answer as people or programs want to read it.

use super::{
    layout::Layout,
    text::{is_blank, is_epoch, is_moment, is_scalar, neutralised, plain, shown},
};
use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, TableComponent};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::io::{self, Write};

/// Who reads an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputFormat {
    /// A person: aligned columns, times in the zone of the reader.
    #[default]
    Table,
    /// A program: the answer as it is.
    Json,
    /// A spreadsheet: RFC 4180, with a header.
    Csv,
}

/// What an answer is written on.
#[derive(Clone, Debug)]
pub struct Page {
    /// Who reads it.
    pub format: OutputFormat,
    /// How many columns of characters fit; `None` where nothing limits them.
    pub width: Option<u16>,
    /// Whether it shows bold and colour.
    pub colour: bool,
    /// The zone in which its reader lives.
    pub zone: TimeZone,
}

impl Page {
    /// The page that standard output is: as wide as the terminal, plain when it is none or when `colour` is unwanted.
    #[must_use]
    pub fn of_stdout(format: OutputFormat, colour: bool) -> Self {
        let width = Table::new().width();
        Self { format, width, colour: colour && width.is_some(), zone: TimeZone::system() }
    }
}

/// Writes `value` on `page`.
///
/// # Errors
/// When the writer fails.
pub fn render(value: &Value, page: &Page, writer: &mut dyn Write) -> io::Result<()> {
    match page.format {
        OutputFormat::Table => for_people(value, page, writer),
        OutputFormat::Json => as_json(value, writer),
        OutputFormat::Csv => as_csv(value, writer),
    }
}

fn as_json(value: &Value, writer: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    // Characters outside ASCII that a terminal obeys stand only inside strings, where JSON has an escape for them.
    for piece in text.split_inclusive(|character: char| ('\u{7f}'..='\u{9f}').contains(&character)) {
        match piece.char_indices().next_back() {
            Some((at, last)) if ('\u{7f}'..='\u{9f}').contains(&last) => write!(writer, "{}\\u{:04x}", &piece[..at], last as u32)?,
            _ => writer.write_all(piece.as_bytes())?,
        }
    }
    writeln!(writer)
}

fn as_csv(value: &Value, writer: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(writer);
    let mut record = |fields: Vec<String>| csv.write_record(fields).map_err(io_error);
    match Layout::of(value) {
        Layout::Grid { columns, rows, .. } => {
            record(columns.into_iter().map(str::to_owned).collect())?;
            for row in rows {
                record(row.into_iter().map(plain).collect())?;
            }
        }
        Layout::Empty { columns, .. } if !columns.is_empty() => record(columns.into_iter().map(str::to_owned).collect())?,
        Layout::Empty { .. } | Layout::Done => {}
        Layout::Fields(fields) => {
            record(fields.iter().map(|(name, _)| (*name).to_owned()).collect())?;
            record(fields.iter().map(|(_, value)| plain(value)).collect())?;
        }
        Layout::Single(value) => {
            record(vec!["value".to_owned()])?;
            record(vec![plain(value)])?;
        }
    }
    csv.flush()
}

/// The reason itself: whoever writes to a pipe wants to know that its reader went away.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn for_people(value: &Value, page: &Page, writer: &mut dyn Write) -> io::Result<()> {
    match Layout::of(value) {
        Layout::Grid { columns, rows, rest } => {
            writeln!(writer, "{}", grid(&columns, &rows, page))?;
            footer(&rest, page, writer)
        }
        Layout::Empty { of, .. } => writeln!(writer, "There are no {}.", neutralised(&of.replace('_', " "))),
        Layout::Fields(fields) => writeln!(writer, "{}", fields_table(&fields, page)),
        Layout::Single(value) => writeln!(writer, "{}", shown("", value, &page.zone)),
        Layout::Done => writeln!(writer, "Done."),
    }
}

fn grid(columns: &[&str], rows: &[Vec<&Value>], page: &Page) -> String {
    let mut table = bare_table(page);
    table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
    if let Some(width) = page.width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let right: Vec<bool> =
        columns.iter().enumerate().map(|(at, name)| !is_epoch(name) && is_numeric(rows.iter().map(|row| row[at]))).collect();
    let aligned = |cell: Cell, right: bool| cell.set_alignment(if right { CellAlignment::Right } else { CellAlignment::Left });
    table.set_header(columns.iter().zip(&right).map(|(name, right)| aligned(heading(name, page), *right)));
    table.add_rows(rows.iter().map(|row| {
        let cells = columns.iter().zip(row).zip(&right);
        cells.map(|((name, value), right)| aligned(Cell::new(cell_text(name, value, &page.zone)), *right)).collect::<Vec<_>>()
    }));
    if let Some(width) = page.width {
        keep_whole(&mut table, columns, rows, width);
    }
    padded(table)
}

/// Numbers, moments and identities are not broken over lines, as long as that leaves room for the rest.
fn keep_whole(table: &mut Table, columns: &[&str], rows: &[Vec<&Value>], width: u16) {
    let is_whole = |at: usize, name: &str| {
        name == "id"
            || name.ends_with("_id")
            || is_epoch(name)
            || rows.iter().all(|row| row[at].is_number() || row[at].is_null() || row[at].as_str().is_some_and(is_moment))
    };
    let widths = table.column_max_content_widths();
    let whole: Vec<usize> = columns.iter().enumerate().filter(|(at, name)| is_whole(*at, name)).map(|(at, _)| at).collect();
    let taken: u16 = whole.iter().map(|at| widths.get(*at).map_or(0, |width| width.saturating_add(2))).fold(0, u16::saturating_add);
    let rest = u16::try_from(columns.len() - whole.len()).unwrap_or(u16::MAX).saturating_mul(10);
    if taken.saturating_add(rest) > width {
        return;
    }
    for at in whole {
        if let Some(column) = table.column_mut(at) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

/// Fields are never wrapped: what is copied from here, such as a token, has to stay in one piece.
fn fields_table(fields: &[(&str, &Value)], page: &Page) -> String {
    let mut table = bare_table(page);
    table.add_rows(fields.iter().map(|(name, value)| vec![heading(name, page), Cell::new(cell_text(name, value, &page.zone))]));
    padded(table)
}

fn bare_table(page: &Page) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_style(TableComponent::VerticalLines, ' ');
    if page.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

fn padded(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table.trim_fmt()
}

fn heading(name: &str, page: &Page) -> Cell {
    let cell = Cell::new(neutralised(name));
    if page.colour { cell.add_attribute(Attribute::Bold) } else { cell }
}

/// Records inside a cell are told by their names where they have any; the whole of them is in the other formats.
fn cell_text(name: &str, value: &Value, zone: &TimeZone) -> String {
    let records = value.as_array().filter(|items| !items.is_empty());
    let names = records.and_then(|items| items.iter().map(|item| item["name"].as_str()).collect::<Option<Vec<_>>>());
    names.map_or_else(|| shown(name, value, zone), |names| neutralised(&names.join(", ")).into_owned())
}

fn is_numeric<'v>(mut values: impl Iterator<Item = &'v Value>) -> bool {
    let mut any = false;
    values.all(|value| {
        any |= value.is_number();
        value.is_number() || value.is_null()
    }) && any
}

/// What else the answer says. That something is not so goes without saying.
fn footer(rest: &[(&str, &Value)], page: &Page, writer: &mut dyn Write) -> io::Result<()> {
    let told = |name: &str, value: &Value| format!("{}: {}", neutralised(name), cell_text(name, value, &page.zone));
    let (scalars, nested): (Vec<_>, Vec<_>) =
        rest.iter().filter(|(_, value)| !is_blank(value) && **value != Value::Bool(false)).partition(|(_, value)| is_scalar(value));
    if !scalars.is_empty() || !nested.is_empty() {
        writeln!(writer)?;
    }
    if !scalars.is_empty() {
        writeln!(writer, "{}", scalars.iter().map(|(name, value)| told(name, value)).collect::<Vec<_>>().join(" · "))?;
    }
    for (name, value) in nested {
        writeln!(writer, "{}", told(name, value))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
