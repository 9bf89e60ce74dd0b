//! Sealing anew what a retired data key sealed.

/// Seals up to `limit` values of a column anew, in place, and gives how many it was. `select` gives `id` and `sealed` of
/// what another key than `$2` sealed, locked; `update` puts `$3` into the row `$2`; `place` is where the row's value
/// stands.
macro_rules! reseal {
    ($tx:ident, $held:ident, $current:ident, $limit:ident; $select:literal, $update:literal, $place:expr) => {{
        let rows = sqlx::query!($select, $tx.tenant().0, $current, $limit).fetch_all($tx.conn()).await?;
        let mut resealed: u64 = 0;
        for row in rows {
            let place = $place(row.id);
            let plain = $held.open($tx, place, &row.sealed).await?;
            let sealed = $held.seal(place, &plain);
            sqlx::query!($update, $tx.tenant().0, row.id, sealed).execute($tx.conn()).await?;
            resealed += 1;
        }
        resealed
    }};
}
pub(crate) use reseal;
