//! Microsoft's names of time zones (Microsoft, `platforms/microsoft.md` §11, time zone). Each stands for several cities;
//! one of them is the zone here, so that both directions agree.

use chrono_tz::Tz;

/// Every name with the zone that it stands for.
#[rustfmt::skip]
const ZONES: &[(&str, Tz)] = &[
    ("AbuDhabiMuscat", Tz::Asia__Dubai), ("Adelaide", Tz::Australia__Adelaide), ("Alaska", Tz::America__Anchorage),
    ("AlmatyNovosibirsk", Tz::Asia__Novosibirsk), ("AmsterdamBerlinBernRomeStockholmVienna", Tz::Europe__Berlin),
    ("Arizona", Tz::America__Phoenix), ("AstanaDhaka", Tz::Asia__Dhaka), ("AthensBuckarestIstanbul", Tz::Europe__Athens),
    ("AtlanticTimeCanada", Tz::America__Halifax), ("AucklandWellington", Tz::Pacific__Auckland),
    ("Azores", Tz::Atlantic__Azores), ("Baghdad", Tz::Asia__Baghdad), ("BakuTbilisiYerevan", Tz::Asia__Baku),
    ("BangkokHanoiJakarta", Tz::Asia__Bangkok), ("BeijingChongqingHongKongUrumqi", Tz::Asia__Shanghai),
    ("BelgradeBratislavaBudapestLjubljanaPrague", Tz::Europe__Prague), ("BogotaLimaQuito", Tz::America__Bogota),
    ("Brasilia", Tz::America__Sao_Paulo), ("Brisbane", Tz::Australia__Brisbane),
    ("BrusselsCopenhagenMadridParis", Tz::Europe__Paris), ("Bucharest", Tz::Europe__Bucharest),
    ("BuenosAiresGeorgetown", Tz::America__Argentina__Buenos_Aires), ("Cairo", Tz::Africa__Cairo),
    ("CanberraMelbourneSydney", Tz::Australia__Sydney), ("CapeVerdeIsland", Tz::Atlantic__Cape_Verde),
    ("CaracasLaPaz", Tz::America__Caracas), ("CasablancaMonrovia", Tz::Africa__Casablanca),
    ("CentralAmerica", Tz::America__Guatemala), ("CentralTimeUSCanada", Tz::America__Chicago),
    ("ChennaiKolkataMumbaiNewDelhi", Tz::Asia__Kolkata), ("ChihuahuaLaPazMazatlan", Tz::America__Mazatlan),
    ("Darwin", Tz::Australia__Darwin), ("EasternTimeUSCanada", Tz::America__New_York),
    ("Ekaterinburg", Tz::Asia__Yekaterinburg), ("FijiKamchatkaMarshallIsland", Tz::Pacific__Fiji),
    ("Greenland", Tz::America__Nuuk), ("GreenwichMeanTimeDublinEdinburghLisbonLondon", Tz::Europe__London),
    ("GuadalajaraMexicoCityMonterrey", Tz::America__Mexico_City), ("GuamPortMoresby", Tz::Pacific__Port_Moresby),
    ("HararePretoria", Tz::Africa__Johannesburg), ("Hawaii", Tz::Pacific__Honolulu),
    ("HelsinkiKyivRigaSofiaTallinnVilnius", Tz::Europe__Helsinki), ("Hobart", Tz::Australia__Hobart),
    ("IndianaEast", Tz::America__Indiana__Indianapolis), ("InternationalDateLineWest", Tz::Etc__GMTPlus12),
    ("IrkutskUlaanBataar", Tz::Asia__Irkutsk), ("IslamabadKarachiTashkent", Tz::Asia__Karachi),
    ("Jerusalem", Tz::Asia__Jerusalem), ("Kabul", Tz::Asia__Kabul), ("Kathmandu", Tz::Asia__Kathmandu),
    ("Krasnoyarsk", Tz::Asia__Krasnoyarsk), ("KualaLumpurSingapore", Tz::Asia__Singapore),
    ("KuwaitRiyadh", Tz::Asia__Riyadh), ("MidAtlantic", Tz::Atlantic__South_Georgia),
    ("MidwayIslandAndSamoa", Tz::Pacific__Midway), ("MoscowStPetersburgVolgograd", Tz::Europe__Moscow),
    ("MountainTimeUSCanada", Tz::America__Denver), ("Nairobi", Tz::Africa__Nairobi),
    ("Newfoundland", Tz::America__St_Johns), ("Nukualofa", Tz::Pacific__Tongatapu),
    ("OsakaSapporoTokyo", Tz::Asia__Tokyo), ("PacificTimeUSCanadaTijuana", Tz::America__Los_Angeles),
    ("Perth", Tz::Australia__Perth), ("Rangoon", Tz::Asia__Yangon),
    ("SarajevoSkopjeWarsawZagreb", Tz::Europe__Warsaw), ("Santiago", Tz::America__Santiago),
    ("Saskatchewan", Tz::America__Regina), ("Seoul", Tz::Asia__Seoul),
    ("SolomonIslandNewCaledonia", Tz::Pacific__Guadalcanal), ("SriJayawardenepura", Tz::Asia__Colombo),
    ("Taipei", Tz::Asia__Taipei), ("Tehran", Tz::Asia__Tehran), ("Vladivostok", Tz::Asia__Vladivostok),
    ("WestCentralAfrica", Tz::Africa__Lagos), ("Yakutsk", Tz::Asia__Yakutsk),
];

/// The zone that Microsoft calls `name`.
pub(super) fn zone(name: &str) -> Option<Tz> {
    ZONES.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone)
}

/// What Microsoft calls `zone`, for the zones that [`zone`] gives.
pub(super) fn name(zone: Tz) -> Option<&'static str> {
    ZONES.iter().find(|(_, known)| *known == zone).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_zone_of_its_own_and_comes_back() {
        for (known, expected) in ZONES {
            assert_eq!(zone(known), Some(*expected));
            assert_eq!(name(*expected), Some(*known), "{expected} stands twice");
        }
        assert_eq!(name(chrono_tz::Europe::Busingen), None);
    }
}
