//! Responsive display ads and their pictures (Google, `platforms/google.md` §4).

use super::{Mapper, Place, fields, texts::Lines};
use crate::google::canonical;
use placard_domain::{
    Platform,
    copy::limits,
    plan::{Fields, reference},
    spec::{Ad, AdGroup, Diagnostic, HeldMedia, ImageFacts, Picture},
};
use serde_json::Value;

/// Bytes of an image (§4, asset).
const LARGEST_IMAGE: u64 = 5_120 * 1024;

/// Characters of the name of who advertises (§4).
const LONGEST_BUSINESS: usize = limits::GOOGLE_BUSINESS_NAME;

const HEADLINES: Lines = Lines {
    first: "headline",
    more: "more_headlines",
    title: "headlines",
    limit: limits::GOOGLE_DISPLAY_HEADLINE,
};

const DESCRIPTIONS: Lines = Lines {
    first: "description",
    more: "more_descriptions",
    title: "descriptions",
    limit: limits::GOOGLE_DISPLAY_DESCRIPTION,
};

/// The shapes of pictures of which a display ad shows one each (§4, field types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Wide,
    Square,
}

impl Shape {
    const ALL: [Self; 2] = [Self::Wide, Self::Square];

    /// The shape of `picture`, if it has one of them to a hundredth and is large enough.
    fn of(facts: &ImageFacts) -> Option<Self> {
        let (width, height) = (u64::from(facts.width), u64::from(facts.height));
        let near = |across: u64, down: u64| (width * down).abs_diff(height * across) * 100 <= height * across;
        if near(191, 100) && width >= 600 && height >= 314 {
            return Some(Self::Wide);
        }
        (near(1, 1) && width >= 300 && height >= 300).then_some(Self::Square)
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Wide => "responsiveDisplayAd.marketingImages",
            Self::Square => "responsiveDisplayAd.squareMarketingImages",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Wide => "wide (1.91:1)",
            Self::Square => "square (1:1)",
        }
    }
}

impl Mapper<'_> {
    pub(super) fn display_fields(&mut self, place: Place, group: &AdGroup, ad: &Ad) -> Fields {
        let creative = &ad.creative;
        let headlines = self.lines(place, HEADLINES, Some(&creative.headline), &creative.more_headlines);
        let descriptions =
            self.lines(place, DESCRIPTIONS, creative.description.as_ref(), &creative.more_descriptions);
        let path = self.paths.copy(place.group, place.ad, "primary_text");
        self.check_width(&path, &creative.primary_text, limits::GOOGLE_LONG_HEADLINE.length);
        let mut fields = fields([
            ("responsiveDisplayAd.headlines", headlines),
            ("responsiveDisplayAd.longHeadline", creative.primary_text.clone().into()),
            ("responsiveDisplayAd.descriptions", descriptions),
        ]);
        fields.extend(self.business().map(|name| ("responsiveDisplayAd.businessName".to_owned(), name)));
        fields.extend(self.pictures(place, group, ad));
        fields
    }

    fn business(&mut self) -> Option<Value> {
        let google = self.own;
        let path = "platforms.google.business_name";
        let Some(name) = &google.business_name else {
            let finding = Diagnostic::error(path, "display ads name who advertises");
            self.found(finding.help("Add `business_name:` with up to 25 characters."));
            return None;
        };
        self.check_width(path, name, LONGEST_BUSINESS);
        Some(name.clone().into())
    }

    /// The ad's own picture, and of the shape that it has not the first among the ad group's ads: a spec gives an ad
    /// one picture, and Google shows a wide and a square one.
    fn pictures(&mut self, place: Place, group: &AdGroup, ad: &Ad) -> Fields {
        let path = format!("{}.image", self.paths.ad(place.group, place.ad));
        let Some(own) = &ad.creative.picture else {
            let finding = Diagnostic::error(path, "display ads show a picture");
            self.found(finding.help("Add `image:` with a JPG or PNG file."));
            return Fields::new();
        };
        let own = match own {
            Picture::File(file) => file,
            Picture::Held(held) => return self.held_pictures(&path, held),
        };
        let Some(shape) = Shape::of(&own.facts) else {
            let (width, height) = (own.facts.width, own.facts.height);
            let message = format!(
                "Google shows wide (1.91:1) and square (1:1) pictures, and this is {width} × {height}"
            );
            self.found(Diagnostic::error(path, message).help("1200 × 628 and 1200 × 1200 look good."));
            return Fields::new();
        };
        if own.facts.bytes > LARGEST_IMAGE {
            self.error(path.as_str(), "Google takes images of up to 5 MB");
        }
        let mut fields = Fields::new();
        for wanted in Shape::ALL {
            let mut others = group.ads.iter().filter_map(|ad| match &ad.creative.picture {
                Some(Picture::File(file)) => Some(file),
                Some(Picture::Held(_)) | None => None,
            });
            let picture = if wanted == shape {
                Some(own)
            } else {
                others.find(|other| Shape::of(&other.facts) == Some(wanted))
            };
            let Some(picture) = picture else {
                let path = format!("{}.ads", self.paths.group(place.group));
                let message =
                    format!("Google wants a {} picture beside the {} one", wanted.title(), shape.title());
                self.found(
                    Diagnostic::error(path, message)
                        .help("Give one of these ads such a picture; the others will show it as well."),
                );
                continue;
            };
            let image = self.image(picture);
            fields.insert(wanted.field().to_owned(), canonical::sorted(vec![reference(&image)]));
        }
        fields
    }

    /// What Google holds already: the id of a wide picture, a plus sign, and the id of a square one.
    fn held_pictures(&mut self, path: &str, held: &HeldMedia) -> Fields {
        let Some(ids) = self.held_at(Platform::Google, path, held) else { return Fields::new() };
        let Some((wide, square)) = ids.split_once('+') else {
            self.error(
                path,
                "Google shows a wide and a square picture; write `google:<wide id>+<square id>`",
            );
            return Fields::new();
        };
        let one = |id: &str| canonical::sorted(vec![id.into()]);
        fields([(Shape::Wide.field(), one(wide)), (Shape::Square.field(), one(square))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::spec::ImageFormat;

    fn shape(width: u32, height: u32) -> Option<Shape> {
        Shape::of(&ImageFacts { sha256: String::new(), width, height, bytes: 1, format: ImageFormat::Png })
    }

    #[test]
    fn pictures_are_wide_or_square_to_a_hundredth() {
        assert_eq!(shape(1200, 628), Some(Shape::Wide));
        assert_eq!(shape(1080, 1080), Some(Shape::Square));
        assert_eq!(shape(1080, 1075), Some(Shape::Square));
        assert_eq!(shape(1080, 1350), None);
        assert_eq!(shape(1600, 900), None);
        assert_eq!(shape(200, 200), None, "too small");
    }
}
