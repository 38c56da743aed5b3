package schema

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The versions are those that OpenSIPS 4's modules demand.
func TestVersions(t *testing.T) {
	want := map[string]int{"subscriber": 8, "location": 1013, "dialog": 12, "dispatcher": 9, "acc": 7, "missed_calls": 5, "address": 5, "domain": 4,
		"dr_gateways": 6, "dr_rules": 4, "dr_carriers": 3, "load_balancer": 3, "dialplan": 5, "registrant": 3, "clusterer": 4, "tls_mgm": 3,
		"usr_preferences": 3, "dbaliases": 2, "rtpengine": 1, "sip_trace": 5, "cachedb": 2, "uri": 2, "grp": 3, "re_grp": 2, "dr_groups": 2,
		"dr_partitions": 1, "rtpproxy_sockets": 0}
	for _, table := range Tables() {
		if v, ok := want[table.Name]; !ok || v != table.Version {
			t.Errorf("%s has version %d, want %d", table.Name, table.Version, v)
		}
		delete(want, table.Name)
		if table.Doc == "" {
			t.Errorf("%s does not say what it is", table.Name)
		}
		for _, i := range table.Indexes {
			for _, c := range i.Columns {
				if _, ok := table.Column(c); !ok {
					t.Errorf("%s: index %s is of %s, which is no column", table.Name, i.Name, c)
				}
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// One description, three ways of writing it. The names of indexes are the table's own
// in MySQL and the database's elsewhere.
func TestCreate(t *testing.T) {
	domain, _ := Named("domain")
	for d, want := range map[Dialect]string{
		MySQL: `CREATE TABLE IF NOT EXISTS domain (
    id INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
    domain CHAR(64) DEFAULT '' NOT NULL,
    attrs CHAR(255) DEFAULT NULL,
    accept_subdomain INT(10) UNSIGNED DEFAULT 0 NOT NULL,
    last_modified DATETIME DEFAULT '1900-01-01 00:00:01' NOT NULL,
    CONSTRAINT domain_idx UNIQUE (domain)
) ENGINE=InnoDB;
INSERT IGNORE INTO version (table_name, table_version) VALUES ('domain', 4)`,
		PostgreSQL: `CREATE TABLE IF NOT EXISTS domain (
    id SERIAL PRIMARY KEY NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    attrs VARCHAR(255) DEFAULT NULL,
    accept_subdomain INTEGER DEFAULT 0 NOT NULL,
    last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '1900-01-01 00:00:01' NOT NULL,
    CONSTRAINT domain_domain_idx UNIQUE (domain)
);
INSERT INTO version (table_name, table_version) VALUES ('domain', 4) ON CONFLICT DO NOTHING`,
		SQLite: `CREATE TABLE IF NOT EXISTS domain (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    domain CHAR(64) DEFAULT '' NOT NULL,
    attrs CHAR(255) DEFAULT NULL,
    accept_subdomain INTEGER DEFAULT 0 NOT NULL,
    last_modified DATETIME DEFAULT '1900-01-01 00:00:01' NOT NULL,
    CONSTRAINT domain_domain_idx UNIQUE (domain)
);
INSERT OR IGNORE INTO version (table_name, table_version) VALUES ('domain', 4)`,
	} {
		if got := strings.Join(domain.Create(d)[1:], ";\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", d, got, want)
		}
	}
}

func TestSelect(t *testing.T) {
	if list, err := Select("acc", " location"); err != nil || len(list) != 2 || list[1].Version != 1013 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := Script(SQLite, "locations"); err == nil || !strings.Contains(err.Error(), `no table "locations"; there are acc, address`) {
		t.Errorf("an unknown table: %v", err)
	}
}

var update = flag.Bool("update", false, "write docs/database.md anew")

// The page for operators lists the tables as they are.
func TestPage(t *testing.T) {
	const page, begin, end = "../docs/database.md", "<!-- tables -->\n", "<!-- end -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the page has no place for the tables")
	}
	list := "| table | version | |\n|---|---:|---|\n"
	for _, table := range Tables() {
		list += fmt.Sprintf("| `%s` | %d | %s |\n", table.Name, table.Version, table.Doc)
	}
	want := head + begin + list + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("docs/database.md differs from the tables: go test ./schema -update")
	}
}
