//! The colours of the page, by day and by night. Every pair that carries text is checked for contrast.

/// A colour as `#rrggbb`.
type Colour = &'static str;

/// The steps of the heat map, from low to high.
pub(super) const HEAT_STEPS: usize = 6;

struct Palette {
    paper: Colour,
    surface: Colour,
    ink: Colour,
    muted: Colour,
    line: Colour,
    spend: Colour,
    result: Colour,
    first: Colour,
    second: Colour,
    good: Colour,
    bad: Colour,
    heat: [Colour; HEAT_STEPS],
    /// The text on each step of the heat map.
    on_heat: [Colour; HEAT_STEPS],
}

const DAY: Palette = Palette {
    paper: "#f7f5f0",
    surface: "#fffefb",
    ink: "#1d2026",
    muted: "#5d636e",
    line: "#e2ded4",
    spend: "#6f8aa8",
    result: "#b5431c",
    first: "#3f6a94",
    second: "#a8742a",
    good: "#1c7048",
    bad: "#ad2e24",
    heat: ["#edf1f5", "#d6e0ea", "#b6c9db", "#8eabc7", "#4a729b", "#264a71"],
    on_heat: ["#1d2026", "#1d2026", "#1d2026", "#1d2026", "#ffffff", "#ffffff"],
};

const NIGHT: Palette = Palette {
    paper: "#121418",
    surface: "#1a1d22",
    ink: "#eeebe4",
    muted: "#a2a8b3",
    line: "#30353d",
    spend: "#6586a8",
    result: "#f08c62",
    first: "#7ba6d0",
    second: "#d9a75c",
    good: "#63c592",
    bad: "#ff8d83",
    heat: ["#21272f", "#29384a", "#334c67", "#406387", "#729ac4", "#acc9e6"],
    on_heat: ["#eeebe4", "#eeebe4", "#eeebe4", "#eeebe4", "#121418", "#121418"],
};

/// The style rules that set the colours: by day, by night where the reader's system asks for it, and by choice.
pub(super) fn rules() -> String {
    let (day, night) = (variables(&DAY), variables(&NIGHT));
    format!(
        ":root{{color-scheme:light;{day}}}\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{night}}}}}\
         @media screen{{:root[data-theme=dark]{{color-scheme:dark;{night}}}}}"
    )
}

fn variables(palette: &Palette) -> String {
    let named = [
        ("paper", palette.paper),
        ("surface", palette.surface),
        ("ink", palette.ink),
        ("muted", palette.muted),
        ("line", palette.line),
        ("spend", palette.spend),
        ("result", palette.result),
        ("first", palette.first),
        ("second", palette.second),
        ("good", palette.good),
        ("bad", palette.bad),
    ];
    let mut rules: String = named.iter().map(|(name, colour)| format!("--{name}:{colour};")).collect();
    for (step, (heat, text)) in palette.heat.iter().zip(palette.on_heat).enumerate() {
        rules.push_str(&format!("--heat-{step}:{heat};--on-heat-{step}:{text};"));
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(colour: Colour) -> f64 {
        let channel = |place: usize| {
            let value = f64::from(u8::from_str_radix(&colour[place..place + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: Colour, other: Colour) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_and_marks_be_seen_by_day_and_by_night() {
        for palette in [DAY, NIGHT] {
            for below in [palette.paper, palette.surface] {
                for text in [palette.ink, palette.muted, palette.result, palette.good, palette.bad] {
                    assert!(contrast(text, below) >= 4.5, "{text} on {below}: {}", contrast(text, below));
                }
                for mark in [palette.spend, palette.first, palette.second] {
                    assert!(contrast(mark, below) >= 3.0, "{mark} on {below}: {}", contrast(mark, below));
                }
            }
            for (step, text) in palette.heat.into_iter().zip(palette.on_heat) {
                assert!(contrast(text, step) >= 4.5, "{text} on {step}: {}", contrast(text, step));
            }
        }
    }
}
