//! Campaign specs for tests.

/// A spec whose parts a test exchanges.
pub(crate) struct Spec {
    pub(crate) goal: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) top: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) meta: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) locations: &'static str,
    pub(crate) groups: &'static str,
}

pub(crate) const WEBSITE: &str =
    "website: {url: \"https://shop.example.com/sale\", url_tags: \"utm_source=meta\"}";
pub(crate) const FORM: &str = r#"form:
    name: Ask for an offer
    questions: [{ask: full_name}, {ask: email}, {ask: custom, label: "How many of you?", options: [One, "Two or more"]}]
    privacy_policy_url: https://example.com/privacy
    follow_up_url: https://example.com/thanks
    locale: de_DE
    higher_intent: true"#;
pub(crate) const CALL: &str = "call: {phone: \"+4930123456\"}";

impl Default for Spec {
    fn default() -> Self {
        Self {
            goal: "traffic",
            currency: "EUR",
            top: "budget: {daily: 30.00}",
            destination: WEBSITE,
            copy: "{primary_text: Sleep under the stars., headline: Tents from 99 EUR, description: Free returns}",
            meta: "{page: \"2001\", pixel: \"3001\", beneficiary: Placard Outdoor, payor: Placard Outdoor}",
            audience: "{age_min: 25, age_max: 55, genders: [female], languages: [de], interests: \
                       [{name: Hiking, keys: {meta: \"6003397425735\"}}]}",
            locations: "include: [{country: DE}, {country: AT}]",
            groups: "
  - name: Women
    ads:
      - {name: Tent, image: tent.png}
      - {name: Stove, image: stove.png}",
        }
    }
}

impl Spec {
    pub(crate) fn text(&self) -> String {
        let Self { goal, currency, top, destination, copy, meta, audience, locations, groups } = self;
        format!(
            "version: 1\nname: Spring sale\nkey: spring-sale\ngoal: {goal}\ncurrency: {currency}\n{top}\n\
             locations:\n  {locations}\naudience: {audience}\ndestination:\n  {destination}\ncopy: {copy}\n\
             platforms:\n  meta: {meta}\nad_groups:{groups}\n"
        )
    }

    pub(crate) fn campaign(&self) -> anyhow::Result<placard_domain::spec::Campaign> {
        super::desk::campaign(&self.text())
    }
}

pub(crate) fn sales() -> Spec {
    Spec {
        goal: "sales",
        top: "bid: {strategy: lowest_cost}\nconversion: {event: purchase, click_days: 7, view_days: 1}\n\
              schedule: {start: \"2026-11-10\", end: \"2026-11-30\"}",
        groups: "
  - name: Women
    budget: {daily: 50.00}
    ads:
      - {name: Tent, image: tent.png}
  - name: Men
    key: men
    budget: {lifetime: 600.00}
    bid: {strategy: cost_cap, amount: 12.50}
    audience: {genders: [male], expansion: false}
    ads:
      - {name: Tent for men, image: tent.png}",
        ..Spec::default()
    }
}

pub(crate) fn leads() -> Spec {
    Spec { goal: "leads", destination: FORM, ..Spec::default() }
}

pub(crate) fn calls() -> Spec {
    Spec { goal: "calls", destination: CALL, locations: "include: [{country: DE}]", ..Spec::default() }
}
