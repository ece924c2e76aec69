//! The page: one HTML document that needs nothing from anywhere.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Kind, Request, State, Step, Timeline, clock};
use crate::ui::json;

/// How many rows are shown at once; the rest is folded.
const ROWS: usize = 150;
/// How many of the slowest are listed.
const SLOWEST: usize = 10;
/// How many requests are listed.
const REQUESTS: usize = 2_000;

/// The page of a run, as HTML. The data is in it too, as JSON in the element `timeline`.
pub fn page(timeline: &Timeline) -> String {
    let title = format!("{} · {}", name(timeline), clock(timeline.total_ms));
    let data = serde_json::to_value(timeline).unwrap_or_default();
    let mut out = String::with_capacity(32_768 + timeline.steps.len() * 1_500);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src \
         'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        text(&title),
        include_str!("page.css"),
    );
    let at: HashMap<usize, &Step> = timeline.steps.iter().map(|s| (s.step, s)).collect();
    head(&mut out, timeline);
    if timeline.shown().next().is_some() {
        critical(&mut out, timeline, &at);
        chart(&mut out, timeline, &at);
        slowest(&mut out, timeline);
        requests(&mut out, timeline);
    }
    let _ = write!(
        out,
        "<footer>Written by Ringfence {} from the journal of the run. The data is in this page, as JSON in the element \
         <code>timeline</code>.</footer>\n</main>\n<script type=\"application/json\" id=\"timeline\">{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        json::line(&data),
        include_str!("page.js"),
    );
    out
}

/// What stands in HTML for a text.
fn text(of: &str) -> String {
    let mut out = String::with_capacity(of.len());
    for letter in of.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
    out
}

fn name(timeline: &Timeline) -> &'static str {
    match timeline.mode.as_str() {
        "destroy" => "Destroy",
        "refresh" => "Refresh",
        _ => "Apply",
    }
}

fn count(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

fn head(out: &mut String, timeline: &Timeline) {
    let of = |deed: &str| timeline.steps.iter().filter(|s| s.deed == deed && s.state == State::Done).count();
    let failed = timeline.steps.iter().filter(|s| s.state == State::Failed).count();
    let left = timeline.shown().filter(|s| matches!(s.state, State::Waiting | State::Running)).count();
    let (badge, class) = match (failed, left, timeline.ended) {
        (0, 0, true) => ("complete".to_string(), "good"),
        (0, 0, false) => ("not ended".to_string(), "bad"),
        (0, left, _) => (format!("interrupted, {left} left"), "bad"),
        (failed, left, _) => (format!("{failed} failed, {left} left"), "bad"),
    };
    let _ = write!(
        out,
        "<header><h1>{} <span class=\"badge {class}\">{}</span></h1><p class=\"when\">{}{}</p></header>\n<section class=\"cards\">\n",
        name(timeline),
        text(&badge),
        text(&timeline.began.replace('T', " ").replace('Z', " UTC")),
        match timeline.clock {
            Some(factor) => format!(
                " · on the local cloud, whose clock ran {factor} times as fast as ours: all times are the cloud's, ours were {}",
                clock((timeline.total_ms as f64 / factor) as u64)
            ),
            None => String::new(),
        }
    );
    let mut card = |label: &str, value: &str, note: &str| {
        let _ = writeln!(
            out,
            "<div class=\"card\"><span class=\"label\">{label}</span><span class=\"value\">{}</span><span class=\"note\">{}</span></div>",
            text(value),
            text(note)
        );
    };
    card("Took", &clock(timeline.total_ms), &format!("{} under way", clock(timeline.steps_ms)));
    if let Some(forecast) = timeline.forecast_s {
        let expected = u64::from(forecast) * 1000;
        let off = (timeline.total_ms as f64 / expected.max(1) as f64 - 1.0) * 100.0;
        let off = match off.round() as i64 {
            0 => "took as long".to_string(),
            more @ 1.. => format!("took {more} % longer"),
            less => format!("took {} % less", -less),
        };
        card("Estimated", &clock(expected), &off);
    }
    let changes = format!("{} added, {} changed, {} destroyed", of("create"), of("update"), of("delete"));
    card("Resources", &count(timeline.shown().filter(|s| s.deed != "read").count(), "step"), &changes);
    let all = || timeline.steps.iter().flat_map(|s| &s.requests);
    let polls: u32 = all().map(|r| r.polls).sum();
    let again = timeline.steps.iter().flat_map(|s| &s.parts).filter(|p| p.kind == Kind::Retry).count();
    let note = format!("{polls} polls, {} repeated", count(again, "time"));
    card("Changing requests", &all().count().to_string(), &note);
    let mut on_path = [0; 6];
    let at: HashMap<usize, &Step> = timeline.steps.iter().map(|s| (s.step, s)).collect();
    for link in &timeline.critical {
        for part in &at[&link.step].parts {
            let (from, to) = (part.from_ms.max(link.from_ms), part.to_ms.min(link.to_ms));
            on_path[part.kind as usize] += to.saturating_sub(from);
        }
    }
    let azure = on_path[Kind::Operation as usize] + on_path[Kind::Request as usize];
    let share = azure as f64 / timeline.total_ms.max(1) as f64 * 100.0;
    card("Azure at work", &format!("{share:.0} %"), "of the critical path");
    out.push_str("</section>\n");
}

fn percent(of: u64, all: u64) -> f64 {
    of as f64 * 100.0 / all.max(1) as f64
}

/// The resource's own name: `module.a.azurerm_subnet.b["c"]` is `azurerm_subnet.b["c"]` in `module.a`.
fn split(addr: &str) -> (&str, &str) {
    let mut rest = addr;
    while rest.starts_with("module.") {
        // The name of a module ends at a point that is in no key.
        let mut quoted = false;
        let end = rest["module.".len()..].find(|c| {
            if c == '"' {
                quoted = !quoted;
            }
            c == '.' && !quoted
        });
        match end {
            Some(end) => rest = &rest["module.".len() + end + 1..],
            None => break,
        }
    }
    (addr[..addr.len() - rest.len()].trim_end_matches('.'), rest)
}

fn critical(out: &mut String, timeline: &Timeline, at: &HashMap<usize, &Step>) {
    let links: Vec<_> = timeline.critical.iter().filter(|l| l.to_ms > l.from_ms).collect();
    if links.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section><h2>Critical path</h2><p class=\"hint\">The end waited for these, one after the other; only they make the run \
         shorter.</p>\n<div class=\"path\" role=\"img\" aria-label=\"The critical path as one bar\">"
    );
    for link in &links {
        let step = at[&link.step];
        let took = link.to_ms - link.from_ms;
        let share = percent(took, timeline.total_ms);
        let label = if share > 7.0 { split(&step.addr).1 } else { "" };
        let _ = write!(
            out,
            "<a href=\"#s{}\" class=\"{}\" style=\"flex:{took}\" title=\"{}&#10;{}\"><span>{}</span></a>",
            step.step,
            step.deed,
            text(&step.addr),
            clock(took),
            text(label)
        );
    }
    out.push_str("</div>\n<ol class=\"links\">\n");
    for link in &links {
        let step = at[&link.step];
        let (module, own) = split(&step.addr);
        let _ = writeln!(
            out,
            "<li><span class=\"deed {0}\">{0}</span> <a href=\"#s{1}\"><b>{2}</b></a> <span class=\"module\">{3}</span><span class=\"time\">{4}</span></li>",
            step.deed,
            step.step,
            text(own),
            text(module),
            clock(link.to_ms - link.from_ms)
        );
    }
    out.push_str("</ol></section>\n");
}

/// Where lines stand: a few round times.
fn ticks(total: u64) -> Vec<u64> {
    const STEPS: [u64; 15] = [
        100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
        1_800_000, 3_600_000,
    ];
    let step = STEPS.into_iter().find(|s| total / s <= 10).unwrap_or(total.div_ceil(10).max(1));
    (0..=total / step).map(|n| n * step).collect()
}

fn chart(out: &mut String, timeline: &Timeline, at: &HashMap<usize, &Step>) {
    let begun: Vec<&Step> = timeline.shown().filter(|s| s.begun_ms.is_some()).collect();
    let waiting: Vec<&Step> = timeline.shown().filter(|s| s.begun_ms.is_none()).collect();
    // The longest stay, and all that the end waited for.
    let mut by_length: Vec<&Step> = begun.clone();
    by_length.sort_by_key(|s| {
        std::cmp::Reverse((s.critical, s.state == State::Failed, s.took_ms(timeline.total_ms)))
    });
    let kept: std::collections::HashSet<usize> = by_length.iter().take(ROWS).map(|s| s.step).collect();
    out.push_str(
        "<section><h2>Operations</h2><p class=\"legend\"><span><i class=\"k own\"></i>reading, deciding</span><span><i class=\"k queued\"></i>too many requests on their way</span><span><i \
         class=\"k locked\"></i>something else was changed there</span><span><i class=\"k request\"></i>request</span><span><i \
         class=\"k operation\"></i>Azure at work</span><span><i class=\"k retry\"></i>waits to repeat</span><span><i class=\"k lag\"></i>not seen everywhere yet</span><span><i class=\"k \
         failed\"></i>failed</span><span><b class=\"star\">◆</b> on the critical path</span></p>\n<div class=\"chart\">\n<div class=\"axis\">",
    );
    out.push_str("<span></span><span class=\"scale\">");
    let ticks = ticks(timeline.total_ms);
    let last = ticks.len() - 1;
    for (n, tick) in ticks.iter().enumerate() {
        let left = percent(*tick, timeline.total_ms);
        // The last one would stand over the end.
        let label = if n == last && left > 95.0 { String::new() } else { round(*tick) };
        let _ = write!(out, "<i style=\"left:{left:.2}%\">{label}</i>");
    }
    out.push_str(
        "</span><span></span></div>\n<div class=\"grid\" aria-hidden=\"true\"><span class=\"scale\">",
    );
    for tick in &ticks {
        let _ = write!(out, "<i style=\"left:{:.2}%\"></i>", percent(*tick, timeline.total_ms));
    }
    out.push_str("</span></div>\n");
    for step in begun.iter().filter(|s| kept.contains(&s.step)) {
        row(out, timeline, step, at);
    }
    let folded: Vec<&&Step> = begun.iter().filter(|s| !kept.contains(&s.step)).collect();
    if !folded.is_empty() {
        let most = folded.iter().map(|s| s.took_ms(timeline.total_ms)).max().unwrap_or(0);
        let _ = writeln!(
            out,
            "<details class=\"more\"><summary>{} more, none longer than {}</summary>",
            count(folded.len(), "step"),
            clock(most)
        );
        folded.iter().for_each(|step| thin(out, timeline, step));
        out.push_str("</details>\n");
    }
    if !waiting.is_empty() {
        let _ = write!(
            out,
            "<details class=\"more\"><summary>{} did not begin</summary><ul>",
            count(waiting.len(), "step")
        );
        for step in waiting {
            let _ =
                write!(out, "<li id=\"s{}\">{} <code>{}</code></li>", step.step, step.deed, text(&step.addr));
        }
        out.push_str("</ul></details>\n");
    }
    out.push_str("</div></section>\n");
}

fn round(ms: u64) -> String {
    let seconds = ms / 1000;
    match ms {
        0 => "0".into(),
        1..1_000 => format!("{ms}ms"),
        _ if seconds < 60 => format!("{seconds}s"),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{}m{:02}", seconds / 60, seconds % 60),
    }
}

/// A bar with its parts; what lies in no part is our own.
fn bar(timeline: &Timeline, step: &Step) -> String {
    let (Some(begun), total) = (step.begun_ms, timeline.total_ms) else { return String::new() };
    let took = step.took_ms(total);
    let state = match step.state {
        State::Failed => " failed",
        State::Running => " running",
        _ => "",
    };
    let mut out = format!(
        "<span class=\"bar{state}\" style=\"left:{:.3}%;width:{:.3}%\">",
        percent(begun, total),
        percent(took, total)
    );
    for part in step.parts.iter().filter(|p| p.to_ms > p.from_ms) {
        let _ = write!(
            out,
            "<i class=\"{}\" style=\"left:{:.3}%;width:{:.3}%\"></i>",
            class(part.kind),
            percent(part.from_ms.saturating_sub(begun), took),
            percent(part.to_ms - part.from_ms, took)
        );
    }
    out.push_str("</span>");
    out
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Locked => "locked",
        Kind::Request => "request",
        Kind::Operation => "operation",
        Kind::Retry => "retry",
        Kind::Queued => "queued",
        Kind::Lag => "lag",
    }
}

fn row(out: &mut String, timeline: &Timeline, step: &Step, at: &HashMap<usize, &Step>) {
    let (module, own) = split(&step.addr);
    let took = clock(step.took_ms(timeline.total_ms));
    let star = if step.critical { "<b class=\"star\">◆</b>" } else { "" };
    let id = step.id.as_deref().unwrap_or_default();
    let _ = write!(
        out,
        "<details class=\"row{}\" id=\"s{}\"><summary title=\"{}{}{}\"><span class=\"name\">{star}<span class=\"deed {}\">{}</span><b>{}</b> \
         <span class=\"module\">{}</span></span><span class=\"track\">{}</span><span class=\"time\">{took}</span></summary>\n<div class=\"detail\"><dl>",
        if step.critical { " critical" } else { "" },
        step.step,
        text(&step.addr),
        if id.is_empty() { "" } else { "&#10;" },
        text(id),
        step.deed,
        sign(&step.deed),
        text(own),
        text(module),
        bar(timeline, step),
    );
    let mut say = |what: &str, value: &str| {
        if !value.is_empty() {
            let _ = write!(out, "<dt>{what}</dt><dd>{value}</dd>");
        }
    };
    say("Address", &format!("<code>{}</code>", text(&step.addr)));
    if let Some(key) = &step.deposed {
        say("Deposed object", &text(key));
    }
    if !id.is_empty() {
        say("Resource id", &format!("<code>{}</code>", text(id)));
    }
    say(
        "Time",
        &format!(
            "{} from {} on{}",
            took,
            clock(step.begun_ms.unwrap_or(0)),
            match step.usual_s {
                0 => String::new(),
                usual => format!("; it usually takes {}", clock(u64::from(usual) * 1000)),
            }
        ),
    );
    let after = step.after.iter().filter_map(|n| at.get(n)).filter(|s| s.deed != "pass");
    let after: Vec<String> =
        after.map(|s| format!("<a href=\"#s{}\"><code>{}</code></a>", s.step, text(&s.addr))).collect();
    say("Comes after", &after.join(", "));
    for part in step.parts.iter().filter(|p| p.kind == Kind::Locked) {
        let whom = part.note.as_deref().map(|n| format!(" for <code>{}</code>", text(n))).unwrap_or_default();
        say("Waited", &format!("{}{whom}", clock(part.to_ms - part.from_ms)));
    }
    match step.spent_ms(Kind::Queued) {
        0 => {}
        queued => say("Queued", &format!("{} until others were answered", clock(queued))),
    }
    for part in step.parts.iter().filter(|p| p.kind == Kind::Lag) {
        say("Not seen", &format!("for {} after it was written", clock(part.to_ms - part.from_ms)));
    }
    for part in step.parts.iter().filter(|p| p.kind == Kind::Retry) {
        let why = text(part.note.as_deref().unwrap_or_default());
        say("Repeated", &format!("after {}: {why}", clock(part.to_ms - part.from_ms)));
    }
    out.push_str("</dl>");
    if !step.requests.is_empty() {
        table(out, step.requests.iter().map(|r| (step, r)), false);
    }
    out.push_str("</div></details>\n");
}

/// A row of which only the bar is shown.
fn thin(out: &mut String, timeline: &Timeline, step: &Step) {
    let _ = writeln!(
        out,
        "<div class=\"thin\" id=\"s{}\" title=\"{}&#10;{}&#10;{}\"><span class=\"name\">{}</span><span class=\"track\">{}</span></div>",
        step.step,
        text(&step.addr),
        text(step.id.as_deref().unwrap_or_default()),
        clock(step.took_ms(timeline.total_ms)),
        text(&step.addr),
        bar(timeline, step)
    );
}

fn sign(deed: &str) -> &'static str {
    match deed {
        "create" => "+",
        "update" => "~",
        "delete" => "−",
        _ => "≤",
    }
}

fn slowest(out: &mut String, timeline: &Timeline) {
    out.push_str(
        "<section><h2>Slowest</h2><div class=\"scroll\"><table><thead><tr><th>Resource</th><th class=\"n\">Took</th><th \
         class=\"n\">Usually</th><th class=\"n\">Azure at work</th><th class=\"n\">Queued</th><th class=\"n\">Waited its turn</th><th class=\"n\">Repeated</th><th class=\"n\">Not seen yet</th></tr></thead><tbody>\n",
    );
    for step in timeline.slowest().into_iter().take(SLOWEST) {
        let (module, own) = split(&step.addr);
        let spent = |kind| match step.spent_ms(kind) {
            0 => "–".to_string(),
            ms => clock(ms),
        };
        let usual = if step.usual_s == 0 { "–".into() } else { clock(u64::from(step.usual_s) * 1000) };
        let _ = writeln!(
            out,
            "<tr><td title=\"{}\"><span class=\"deed {}\">{}</span><a href=\"#s{}\"><b>{}</b></a> <span class=\"module\">{}</span></td><td \
             class=\"n\"><b>{}</b></td><td class=\"n\">{usual}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            text(step.id.as_deref().unwrap_or(&step.addr)),
            step.deed,
            sign(&step.deed),
            step.step,
            text(own),
            text(module),
            clock(step.took_ms(timeline.total_ms)),
            spent(Kind::Operation),
            spent(Kind::Queued),
            spent(Kind::Locked),
            spent(Kind::Retry),
            spent(Kind::Lag),
        );
    }
    out.push_str("</tbody></table></div></section>\n");
}

fn requests(out: &mut String, timeline: &Timeline) {
    let mut all: Vec<(&Step, &Request)> =
        timeline.steps.iter().flat_map(|s| s.requests.iter().map(move |r| (s, r))).collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|(_, r)| r.sent_ms);
    let _ = write!(
        out,
        "<section><h2>Requests <input id=\"filter\" type=\"search\" placeholder=\"filter by address, id, status\" \
         aria-label=\"Filter the requests\"></h2>\n<details class=\"requests\"{}><summary>{}, in the order in which they left</summary>\n",
        if all.len() <= 400 { " open" } else { "" },
        count(all.len(), "request")
    );
    table(out, all.iter().take(REQUESTS).copied(), true);
    if all.len() > REQUESTS {
        let _ = write!(out, "<p class=\"hint\">The first {REQUESTS}; all are in the data of this page.</p>");
    }
    out.push_str("</details></section>\n");
}

fn table<'s>(out: &mut String, all: impl Iterator<Item = (&'s Step, &'s Request)>, addresses: bool) {
    out.push_str("<div class=\"scroll\"><table class=\"log\"><thead><tr><th class=\"n\">At</th><th>Method</th><th class=\"n\">Status</th>");
    out.push_str(if addresses { "<th>Resource</th>" } else { "" });
    out.push_str("<th>Id</th><th class=\"n\">Answer</th><th class=\"n\">Operation</th><th class=\"n\">Polls</th></tr></thead><tbody>\n");
    for (step, request) in all {
        let answered = request.accepted_ms.or(request.ended_ms);
        let span = |from: Option<u64>, to: Option<u64>| match (from, to) {
            (Some(from), Some(to)) => clock(to.saturating_sub(from)),
            _ => "–".into(),
        };
        let _ = write!(
            out,
            "<tr{}><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{}</td>",
            if request.error.is_some() { " class=\"bad\"" } else { "" },
            clock(request.sent_ms),
            text(&request.method),
            request.status.map_or("–".into(), |s| s.to_string()),
        );
        if addresses {
            let _ = write!(out, "<td><a href=\"#s{}\">{}</a></td>", step.step, text(&step.addr));
        }
        let error = request.error.as_deref().and_then(|e| e.lines().next()).unwrap_or_default();
        let _ = writeln!(
            out,
            "<td class=\"id\">{}{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            text(&request.id),
            if error.is_empty() { String::new() } else { format!("<br><em>{}</em>", text(error)) },
            span(Some(request.sent_ms), answered),
            if request.accepted_ms.is_some() {
                span(request.accepted_ms, request.ended_ms)
            } else {
                "–".into()
            },
            if request.polls == 0 { "–".into() } else { request.polls.to_string() },
        );
    }
    out.push_str("</tbody></table></div>\n");
}
