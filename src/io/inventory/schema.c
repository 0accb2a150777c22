/* The form of DIR/hub.db. */
#include "io/inventory/inside.h"

/* Times are microseconds, UTC; a MAC address is a number of 48 bits; what refers to nothing is NULL; a blob named as a
 * secret is sealed (key.c). */
static const char *const steps[] = {
    /* 1: sites, owners, accounts, devices */
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"

    "CREATE TABLE site (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,"
    " name TEXT NOT NULL UNIQUE, note TEXT NOT NULL, created INTEGER NOT NULL) STRICT;"

    "CREATE TABLE owner (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,"
    " kind INTEGER NOT NULL," /* enum owner_kind */
    " name TEXT NOT NULL, mail TEXT, site INTEGER REFERENCES site, note TEXT NOT NULL,"
    " created INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX owner_mail ON owner (lower(mail)) WHERE mail IS NOT NULL;"
    "CREATE INDEX owner_name ON owner (name);"
    "CREATE INDEX owner_site ON owner (site) WHERE site IS NOT NULL;"

    "CREATE TABLE registrar (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,"
    " name TEXT NOT NULL UNIQUE, proxy TEXT NOT NULL, outbound TEXT NOT NULL,"
    " transport INTEGER NOT NULL," /* enum registrar_transport */
    " realm TEXT NOT NULL) STRICT;"

    "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,"
    " user TEXT NOT NULL, domain TEXT NOT NULL, number TEXT, display TEXT NOT NULL,"
    " auth TEXT NOT NULL,"
    " registrar INTEGER REFERENCES registrar," /* NULL: our edge */
    " sha256 INTEGER NOT NULL, secret BLOB, created INTEGER NOT NULL, UNIQUE (domain, user)) "
    "STRICT;"
    "CREATE UNIQUE INDEX account_number ON account (domain, number) WHERE number IS NOT NULL;"
    "CREATE INDEX account_registrar ON account (registrar) WHERE registrar IS NOT NULL;"

    "CREATE TABLE device (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,"
    " mac INTEGER UNIQUE, model TEXT NOT NULL, serial TEXT NOT NULL,"
    " owner INTEGER NOT NULL REFERENCES owner, site INTEGER REFERENCES site, note TEXT NOT NULL,"
    " url_key TEXT NOT NULL UNIQUE,"
    " keys BLOB," /* secret: AES key, IKM */
    " created INTEGER NOT NULL) STRICT;"
    "CREATE INDEX device_owner ON device (owner);"
    "CREATE INDEX device_site ON device (site) WHERE site IS NOT NULL;"
    "CREATE TABLE mac (device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,"
    " mac INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;"
    "CREATE INDEX mac_device ON mac (device);"
    "CREATE TABLE line (device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,"
    " n INTEGER NOT NULL, account INTEGER NOT NULL REFERENCES account, label TEXT NOT NULL,"
    " PRIMARY KEY (device, n)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX line_account ON line (account);"

    "CREATE TABLE password (id INTEGER PRIMARY KEY,"
    " device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE, secret BLOB,"
    " created INTEGER NOT NULL,"
    " expires INTEGER) STRICT;" /* NULL: the newest */
    "CREATE INDEX password_device ON password (device);"
    "CREATE TABLE code (hash BLOB PRIMARY KEY,"
    " device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL,"
    " mac INTEGER) STRICT, WITHOUT ROWID;" /* that used it */
    "CREATE INDEX code_device ON code (device);"
    "CREATE TABLE window (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " device INTEGER NOT NULL UNIQUE REFERENCES device ON DELETE CASCADE,"
    " opened INTEGER NOT NULL, until INTEGER NOT NULL, by TEXT NOT NULL,"
    " used INTEGER NOT NULL) STRICT;",

    /* 2: layers of configuration */
    "CREATE TABLE layer (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL," /* enum layer_kind */
    " ref INTEGER NOT NULL, model TEXT NOT NULL,"
    " draft INTEGER NOT NULL,"               /* content */
    " published INTEGER NOT NULL DEFAULT 0," /* content, 0: nothing */
    " published_at INTEGER NOT NULL DEFAULT 0, published_by TEXT NOT NULL DEFAULT '',"
    " UNIQUE (kind, ref, model)) STRICT;"
    "CREATE INDEX layer_draft ON layer (id) WHERE draft <> published;"
    "CREATE TABLE content (id INTEGER PRIMARY KEY AUTOINCREMENT, layer INTEGER NOT NULL,"
    " at INTEGER NOT NULL, by TEXT NOT NULL) STRICT;"
    "CREATE INDEX content_layer ON content (layer);"
    "CREATE TABLE value (id INTEGER PRIMARY KEY,"
    " content INTEGER NOT NULL REFERENCES content ON DELETE CASCADE, name TEXT NOT NULL,"
    " value ANY NOT NULL, secret INTEGER NOT NULL, UNIQUE (content, name)) STRICT;"
    "CREATE TABLE publication (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " by TEXT NOT NULL, note TEXT NOT NULL,"
    " scope INTEGER NOT NULL," /* enum publish_scope */
    " kind INTEGER NOT NULL, ref INTEGER NOT NULL, model TEXT NOT NULL, layers INTEGER NOT NULL,"
    " undoes INTEGER NOT NULL, undone_by INTEGER NOT NULL) STRICT;"
    "CREATE TABLE published (publication INTEGER NOT NULL REFERENCES publication ON DELETE CASCADE,"
    " layer INTEGER NOT NULL, was INTEGER NOT NULL, became INTEGER NOT NULL,"
    " PRIMARY KEY (publication, layer)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX published_layer ON published (layer);"
    "CREATE TABLE config_report (device INTEGER PRIMARY KEY REFERENCES device ON DELETE CASCADE,"
    " at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;",

    /* 3: users, what came by itself, the audit trail */
    "CREATE TABLE user (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL,"
    " name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL, hash TEXT NOT NULL,"
    " disabled INTEGER NOT NULL, created INTEGER NOT NULL,"
    " last_login INTEGER NOT NULL) STRICT;"
    "CREATE TABLE token (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " role INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, last_used INTEGER NOT NULL, by TEXT NOT NULL) STRICT;"
    "CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE,"
    " user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE, created INTEGER NOT NULL,"
    " seen INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT;"
    "CREATE INDEX session_user ON session (user);"
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL,"
    " version INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE unknown (id INTEGER PRIMARY KEY AUTOINCREMENT, proven INTEGER NOT NULL,"
    " name TEXT NOT NULL," /* MAC of a proven one, else the source */
    " mac INTEGER, source TEXT NOT NULL, model TEXT NOT NULL, serial TEXT NOT NULL,"
    " how TEXT NOT NULL, verdict TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " count INTEGER NOT NULL, macs BLOB NOT NULL, UNIQUE (proven, name)) STRICT;"
    "CREATE INDEX unknown_last ON unknown (last);"
    "CREATE TABLE report (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " device INTEGER REFERENCES device ON DELETE SET NULL, mac INTEGER, source TEXT NOT NULL,"
    " by TEXT NOT NULL, name TEXT NOT NULL, serial TEXT NOT NULL, user TEXT NOT NULL,"
    " size INTEGER NOT NULL, sha256 BLOB NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL,"
    " finding TEXT NOT NULL, stage TEXT NOT NULL, title TEXT NOT NULL, severity INTEGER NOT NULL,"
    " findings INTEGER NOT NULL) STRICT;"
    "CREATE INDEX report_device ON report (device, id);"

    "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " who TEXT NOT NULL, source TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,"
    " object_id INTEGER NOT NULL, name TEXT NOT NULL, before TEXT NOT NULL,"
    " after TEXT NOT NULL) STRICT;"
    "CREATE INDEX audit_object ON audit (object, object_id, id);",
};

/* The hub's thread waits for nobody: an import that writes is told as BUSY. */
const struct sql_form inventory_form = {
    .application = 0x64746968, /* "dtih" */
    .step = steps,
    .n_steps = sizeof steps / sizeof *steps,
    .pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
               "PRAGMA journal_size_limit=67108864; PRAGMA trusted_schema=OFF;"
               "PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;",
    .busy_ms = 20,
};
