package dbadmin

import (
	"slices"
	"strings"
	"testing"
)

// wantHashes are what md5sum, sha256sum and openssl dgst -sha512-256 print for
// alice:example.com:se'cret.
var wantHashes = []string{"cf280be7f187f621c3ef1a7d51b72215", "ed581a9090531f6decf56c089d8d95f03de7cf144026a6684cdf71393a70ddca",
	"c5848bbf2fc0d1add4259d89ade3c1a51723a82715ed10b489c62b50efdd12b0"}

// RFC 7616 §3.4.2: "A1 = unq(username) ":" unq(realm) ":" passwd", of which the
// database keeps the hashes: MD5, and SHA-256 and SHA-512/256 of RFC 8760.
func testUsers(t *testing.T, d *DB) {
	ctx := t.Context()
	if _, err := d.Create(ctx, Options{Tables: []string{"subscriber"}}); err != nil {
		t.Fatal(err)
	}
	u, err := ParseUser("sip:alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	u.Password = "se'cret"
	if err := d.AddUser(ctx, u, false); err != nil {
		t.Fatal(err)
	}
	const all = "SELECT username, domain, password, ha1, ha1_sha256, ha1_sha512t256 FROM subscriber"
	got := rows(t, d, all)
	if len(got) != 1 || !strings.HasPrefix(got[0], "alice|example.com||") {
		t.Fatalf("%q", got)
	}
	first := strings.Split(got[0], "|")
	for i, want := range wantHashes {
		if first[3+i] != want {
			t.Errorf("%s is %s, want %s", userColumns[3+i], first[3+i], want)
		}
	}
	if err := d.AddUser(ctx, u, false); err == nil || !strings.Contains(err.Error(), "alice@example.com is there already") {
		t.Errorf("added again: %v", err)
	}
	u.Password, u.Plain, u.Realm = "other", true, "sip.example.com"
	if err := d.AddUser(ctx, u, true); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, d, all); len(got) != 1 || !strings.HasPrefix(got[0], "alice|example.com|other|") || strings.Contains(got[0], first[3]) {
		t.Errorf("replaced: %q", got)
	}
	b, _ := ParseUser("bob@a.example")
	if err := d.AddUser(ctx, b, true); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Users(ctx); err != nil || !slices.Equal(list, []string{"bob@a.example", "alice@example.com"}) {
		t.Errorf("%v, %v", list, err)
	}
	if err := d.DeleteUser(ctx, u); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteUser(ctx, u); err == nil || err.Error() != "there is no user alice@example.com" {
		t.Errorf("deleted again: %v", err)
	}
}

func TestParseUser(t *testing.T) {
	for _, text := range []string{"", "alice", "@a.example", "alice@", "a b@c", "a:b@c", "alice@a\nb", strings.Repeat("x", 65) + "@a"} {
		if u, err := ParseUser(text); err == nil {
			t.Errorf("%q is %+v", text, u)
		}
	}
	long := User{Name: "a", Domain: "b", Password: strings.Repeat("x", 26), Plain: true}
	if _, err := long.values(); err == nil {
		t.Error("a password is kept that the column has no room for")
	}
}
