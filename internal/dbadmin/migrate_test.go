package dbadmin

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/schema"
)

// old makes the table version and a row in it.
func old(t *testing.T, d *DB, table string, version int) {
	t.Helper()
	do(t, d, append(schema.Versions(d.Dialect), "INSERT INTO version VALUES ('"+table+"', "+strconv.Itoa(version)+")")...)
}

// migrate brings a table up to date and returns what was done, then sees that there is
// nothing left to do.
func migrate(t *testing.T, d *DB, table string) string {
	t.Helper()
	list, err := d.Migrate(t.Context(), Options{Tables: []string{table}})
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %v, %v", table, list, err)
	}
	for _, note := range list[0].Notes {
		t.Errorf("%s: %s", table, note)
	}
	again, err := d.Migrate(t.Context(), Options{Tables: []string{table}})
	if err != nil || len(again[0].Done) > 0 || len(again[0].Notes) > 0 {
		t.Errorf("%s: again: %v, %v", table, again, err)
	}
	want := strconv.Itoa(list[0].Table.Version)
	if got := rows(t, d, "SELECT table_version FROM version WHERE table_name = '"+table+"'"); !slices.Equal(got, []string{want}) {
		t.Errorf("%s: version %v", table, got)
	}
	return strings.Join(list[0].Done, "; ")
}

// Version 1009 of location had dates for expires, numbers for cflags, id for
// contact_id and a unique key that does not suit contacts of any length. Rows stay,
// and so does a column that somebody has added.
func testMigrateLocation(t *testing.T, d *DB) {
	old(t, d, "location", 1009)
	do(t, d, "CREATE TABLE location (id "+per(d, [3]string{"INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY", "SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"})+
		" NOT NULL, username VARCHAR(64) DEFAULT '' NOT NULL, domain VARCHAR(64) DEFAULT '' NOT NULL, contact VARCHAR(255) DEFAULT '' NOT NULL,"+
		" received VARCHAR(128) DEFAULT NULL, path VARCHAR(255) DEFAULT NULL, expires "+per(d, [3]string{"DATETIME", "TIMESTAMP", "DATETIME"})+
		" DEFAULT '2020-05-28 21:32:15' NOT NULL, q REAL DEFAULT 1.0 NOT NULL, callid VARCHAR(255) DEFAULT 'Default-Call-ID' NOT NULL,"+
		" cseq INTEGER DEFAULT 13 NOT NULL, last_modified "+per(d, [3]string{"DATETIME", "TIMESTAMP", "DATETIME"})+" DEFAULT '1900-01-01 00:00:01' NOT NULL,"+
		" flags INTEGER DEFAULT 0 NOT NULL, cflags INTEGER DEFAULT 0 NOT NULL, user_agent VARCHAR(255) DEFAULT '' NOT NULL, socket VARCHAR(64) DEFAULT NULL,"+
		" methods INTEGER DEFAULT NULL, sip_instance VARCHAR(255) DEFAULT NULL, tenant VARCHAR(20) DEFAULT 'none' NOT NULL,"+
		" CONSTRAINT "+per(d, [3]string{"account_contact_idx", "location_account_contact_idx", "location_account_contact_idx"})+" UNIQUE (username, domain, contact, callid))",
		"INSERT INTO location (id, username, domain, contact, expires, tenant) VALUES (7, 'alice', 'a.example', 'sip:alice@192.0.2.1', '2030-01-02 03:04:05', 'blue')",
		"INSERT INTO location (id, username, domain, contact, expires) VALUES (9, 'bob', 'a.example', 'sip:bob@192.0.2.2', '2030-01-02 03:04:06')")
	done := migrate(t, d, "location")
	for _, want := range []string{"column id is called contact_id", "unique key (username, domain, contact, callid) is dropped", "column cflags is ", "column expires is ",
		"column kv_store is added", "column attr is added", "column contact becomes TEXT", "index account_idx is added", "version 1009 becomes 1013"} {
		if !strings.Contains(done, want) && (d.Dialect != schema.SQLite || want != "column contact becomes TEXT") {
			t.Errorf("done %q, without %q", done, want)
		}
	}
	zone := time.Local
	if d.Dialect == schema.PostgreSQL {
		zone = time.UTC // that of pgtest's servers
	}
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, zone).Unix()
	want := []string{"7|alice|sip:alice@192.0.2.1|" + strconv.FormatInt(at, 10) + "||blue", "9|bob|sip:bob@192.0.2.2|" + strconv.FormatInt(at+1, 10) + "||none"}
	if got := rows(t, d, "SELECT contact_id, username, contact, expires, cflags, tenant FROM location ORDER BY contact_id"); !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	do(t, d, "INSERT INTO location (contact_id, username, contact, expires, cflags) VALUES (3617797875662073346, 'alice', 'sip:x', 1, 'NAT TCP')")
}

// What else older versions lack is added, with rows of before as they were.
func testMigrate(t *testing.T, d *DB) {
	when := [3]string{"DATETIME", "TIMESTAMP", "DATETIME"}
	id := "id " + per(d, [3]string{"INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY", "SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"}) + " NOT NULL, "
	for _, c := range []struct {
		table         string
		version       int
		columns       string // of the table, behind id
		insert        string
		read, want    string
		done, notDone []string
	}{
		{"subscriber", 7, "username VARCHAR(64) DEFAULT '' NOT NULL, domain VARCHAR(64) DEFAULT '' NOT NULL, password VARCHAR(25) DEFAULT '' NOT NULL," +
			" email_address VARCHAR(64) DEFAULT '' NOT NULL, ha1 VARCHAR(64) DEFAULT '' NOT NULL, ha1b VARCHAR(64) DEFAULT '' NOT NULL, rpid VARCHAR(64) DEFAULT NULL",
			"INSERT INTO subscriber (username, domain, ha1, rpid) VALUES ('alice', 'a.example', 'abc', 'sip:+49')",
			"SELECT username, ha1, ha1_sha256, ha1_sha512t256, rpid FROM subscriber", "alice|abc|||sip:+49",
			[]string{"column ha1_sha256 is added", "column ha1_sha512t256 is added", "index account_idx is added", "index username_idx is added", "version 7 becomes 8"}, []string{"rpid"}},
		{"acc", 6, "method VARCHAR(16) DEFAULT '' NOT NULL, from_tag VARCHAR(64) DEFAULT '' NOT NULL, to_tag VARCHAR(64) DEFAULT '' NOT NULL," +
			" callid VARCHAR(64) DEFAULT '' NOT NULL, sip_code VARCHAR(3) DEFAULT '' NOT NULL, sip_reason VARCHAR(32) DEFAULT '' NOT NULL, time " + per(d, when) +
			" NOT NULL, duration INTEGER DEFAULT 0 NOT NULL, setuptime INTEGER DEFAULT 0 NOT NULL, created " + per(d, when) + " DEFAULT NULL, src_user VARCHAR(9)",
			"INSERT INTO acc (method, callid, time, duration, src_user) VALUES ('INVITE', 'c1', '2026-01-02 03:04:05', 7, 'alice')",
			"SELECT method, callid, duration, ms_duration, src_user FROM acc", "INVITE|c1|7|0|alice",
			[]string{"column ms_duration is added", "index callid_idx is added"}, nil},
		{"domain", 3, "domain VARCHAR(64) DEFAULT '' NOT NULL, attrs VARCHAR(255) DEFAULT NULL, last_modified " + per(d, when) + " DEFAULT '1900-01-01 00:00:01' NOT NULL",
			"INSERT INTO domain (domain) VALUES ('a.example')", "SELECT domain, attrs, accept_subdomain FROM domain", "a.example||0",
			[]string{"column accept_subdomain is added", "index domain_idx is added"}, nil},
		{"dispatcher", 8, "setid INTEGER DEFAULT 0 NOT NULL, destination VARCHAR(192) DEFAULT '' NOT NULL, socket VARCHAR(128) DEFAULT NULL, state INTEGER DEFAULT 0 NOT NULL," +
			" weight INTEGER DEFAULT 1 NOT NULL, priority INTEGER DEFAULT 0 NOT NULL, attrs VARCHAR(128) DEFAULT '' NOT NULL, description VARCHAR(64) DEFAULT '' NOT NULL",
			"INSERT INTO dispatcher (destination, weight, attrs) VALUES ('sip:gw', 50, 'x=1')", "SELECT destination, weight, attrs, probe_mode FROM dispatcher", "sip:gw|50|x=1|0",
			[]string{"column probe_mode is added", "column weight becomes ", "column attrs becomes "}, []string{"index"}},
		{"registrant", 2, "registrar VARCHAR(255) DEFAULT '' NOT NULL, proxy VARCHAR(255) DEFAULT NULL, aor VARCHAR(255) DEFAULT '' NOT NULL, third_party_registrant VARCHAR(255) DEFAULT NULL," +
			" username VARCHAR(64) DEFAULT NULL, password VARCHAR(64) DEFAULT NULL, binding_URI VARCHAR(255) DEFAULT '' NOT NULL, binding_params VARCHAR(64) DEFAULT NULL," +
			" expiry INTEGER DEFAULT NULL, forced_socket VARCHAR(64) DEFAULT NULL, cluster_shtag VARCHAR(64) DEFAULT NULL, CONSTRAINT aor_idx UNIQUE (aor)",
			"INSERT INTO registrant (aor, registrar) VALUES ('sip:a', 'sip:r')", "SELECT aor, registrar, state FROM registrant", "sip:a|sip:r|0",
			[]string{"unique key (aor) is dropped", "column state is added", "index registrant_idx is added"}, nil},
		{"clusterer", 1, "cluster_id INTEGER NOT NULL, machine_id INTEGER NOT NULL, url VARCHAR(64) NOT NULL, state INTEGER DEFAULT 1 NOT NULL, last_attempt BIGINT DEFAULT 0 NOT NULL," +
			" failed_attempts INTEGER DEFAULT 3 NOT NULL, no_tries INTEGER DEFAULT 0 NOT NULL, duration INTEGER DEFAULT 30 NOT NULL, description VARCHAR(64)",
			"INSERT INTO clusterer (cluster_id, machine_id, url) VALUES (1, 2, 'bin:x')", "SELECT cluster_id, node_id, no_ping_retries, priority, url FROM clusterer", "1|2|3|50|bin:x",
			[]string{"column machine_id is called node_id", "column priority is added"}, nil},
	} {
		old(t, d, c.table, c.version)
		do(t, d, "CREATE TABLE "+c.table+" ("+id+c.columns+")", c.insert)
		done := migrate(t, d, c.table)
		for _, want := range c.done {
			if !strings.Contains(done, want) {
				t.Errorf("%s: done %q, without %q", c.table, done, want)
			}
		}
		for _, word := range c.notDone {
			if strings.Contains(done, word) {
				t.Errorf("%s: done %q, with %q", c.table, done, word)
			}
		}
		if got := rows(t, d, c.read); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, want %q", c.table, got, c.want)
		}
	}
	do(t, d, "INSERT INTO registrant (aor, registrar) VALUES ('sip:a', 'sip:other')", // which the old key refused
		"INSERT INTO dispatcher (weight) VALUES ('udp:192.0.2.1:5060')")
}

// A table that is newer, or Kamailio's, stays as it is, and a dry run changes nothing.
// Rows that a key would refuse are told of, and stay.
func testMigrateLeavesAlone(t *testing.T, d *DB) {
	ctx := t.Context()
	old(t, d, "location", 9)
	do(t, d, "CREATE TABLE location (id INTEGER, ruid VARCHAR(64), username VARCHAR(64))", "CREATE TABLE acc (id INTEGER)", "INSERT INTO version VALUES ('acc', 8)",
		"CREATE TABLE dbaliases (id INTEGER, alias_username VARCHAR(64), alias_domain VARCHAR(64), username VARCHAR(64), domain VARCHAR(64))",
		"INSERT INTO dbaliases VALUES (1, 'a', 'x', 'b', 'y')", "INSERT INTO dbaliases VALUES (2, 'a', 'x', 'c', 'y')")
	for table, want := range map[string]string{"location": "has a column ruid: it is Kamailio's", "acc": "table acc has version 8, which is newer than 7"} {
		if _, err := d.Migrate(ctx, Options{Tables: []string{table}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", table, err)
		}
	}
	list, err := d.Migrate(ctx, Options{Tables: []string{"dbaliases"}, DryRun: true})
	if err != nil || !strings.Contains(strings.Join(list[0].Done, "; "), "index target_idx is added") || !strings.Contains(strings.Join(list[0].Notes, "; "), "1 rows are double") {
		t.Errorf("%+v, %v", list, err)
	}
	if f, err := d.find(ctx, "dbaliases"); err != nil || len(f.Indexes) != 0 || f.Version != -1 {
		t.Errorf("a dry run has changed something: %+v, %v", f, err)
	}
	if list, err = d.Migrate(ctx, Options{Tables: []string{"dbaliases", "grp"}}); err != nil || len(list) != 2 || list[1].Notes[0] != "it is not there: use fastsips db create" {
		t.Errorf("%+v, %v", list, err)
	}
	if got := rows(t, d, "SELECT COUNT(*) FROM dbaliases"); got[0] != "2" {
		t.Errorf("%v rows", got)
	}
}

// "works in a transaction where the database can": what a view stands in the way of
// in PostgreSQL leaves nothing half done.
func testMigrateIsOneTransaction(t *testing.T, d *DB) {
	if d.Dialect != schema.PostgreSQL {
		t.Skip("no statement fails halfway there")
	}
	old(t, d, "dialplan", 4)
	do(t, d, "CREATE TABLE dialplan (id SERIAL PRIMARY KEY, dpid INTEGER NOT NULL, pr INTEGER NOT NULL, match_op INTEGER NOT NULL, match_exp VARCHAR(64) NOT NULL,"+
		" match_flags INTEGER NOT NULL, attrs VARCHAR(32) NOT NULL)", "CREATE VIEW attributes AS SELECT attrs FROM dialplan")
	list, err := d.Migrate(t.Context(), Options{Tables: []string{"dialplan"}})
	if err == nil || !strings.Contains(err.Error(), "used by a view") || len(list[0].Done) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if f, err := d.find(t.Context(), "dialplan"); err != nil || f.Version != 4 || len(f.Columns) != 7 {
		t.Errorf("half done: %+v, %v", f, err)
	}
	do(t, d, "DROP VIEW attributes")
	migrate(t, d, "dialplan")
}

// MySQL has no transaction for this: a column that an interrupted migration has left is
// in nobody's way.
func testMigrateGoesOn(t *testing.T, d *DB) {
	if d.Dialect != schema.MySQL {
		t.Skip("transactions")
	}
	if _, err := d.Create(t.Context(), Options{Tables: []string{"location"}}); err != nil {
		t.Fatal(err)
	}
	do(t, d, "INSERT INTO location (username, contact, expires) VALUES ('alice', 'sip:a', 0)", "ALTER TABLE location MODIFY expires DATETIME", "UPDATE location SET expires = FROM_UNIXTIME(1893553445)",
		"ALTER TABLE location ADD COLUMN expires__new INT UNSIGNED", "UPDATE version SET table_version = 1011")
	migrate(t, d, "location")
	if got := rows(t, d, "SELECT username, expires FROM location"); !slices.Equal(got, []string{"alice|1893553445"}) {
		t.Errorf("%q", got)
	}
}
