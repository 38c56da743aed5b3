package uac_test

import (
	"bytes"
	"testing"

	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// What is wrong with a configuration is said when it is loaded, with its place; no message
// has a password in it.
func TestMistakes(t *testing.T) {
	text := `socket=udp:127.0.0.1:5060
loadmodule "tm.so"
loadmodule "uac.so"
modparam("uac", "force_dialog", 1)
modparam("uac", "restore_mode", "automatic")
route {
	uac_auth("MD5,SHA256");
	uac_inc_cseq(0);
}
`
	want := `uac.cfg:3:12: error: module uac needs uac_auth for the credentials of uac_auth()
	loadmodule "uac.so"
	           ^~~~~~~~
	add loadmodule "uac_auth.so"
uac.cfg:3:12: error: module uac needs rr for what it keeps in Record-Route
	loadmodule "uac.so"
	           ^~~~~~~~
	add loadmodule "rr.so"
uac.cfg:4:33: error: uac force_dialog: there is no dialog module yet; leave it out: Record-Route says what is needed
	modparam("uac", "force_dialog", 1)
	                                ^
uac.cfg:5:33: error: uac restore_mode: must be auto or manual or none, not "automatic"
	modparam("uac", "restore_mode", "automatic")
	                                ^~~~~~~~~~~
uac.cfg:7:11: error: uac_auth: algorithms: there is no algorithm "SHA256"
	uac_auth("MD5,SHA256");
	         ^~~~~~~~~~~~
	did you mean SHA-256?
uac.cfg:8:15: error: uac_inc_cseq: cseq: must be 1 or more
	uac_inc_cseq(0);
	             ^
`
	if got := mistakes(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Nothing is missing where nothing is kept, and nobody answers a challenge.
func TestWhatIsNotNeeded(t *testing.T) {
	const text = `socket=udp:127.0.0.1:5060
loadmodule "tm.so"
loadmodule "uac.so"
modparam("uac", "restore_mode", "none")
route { uac_replace_from("", "sip:a@b"); }
`
	if got := mistakes(text); got != "" {
		t.Error(got)
	}
}

func mistakes(text string) string {
	var d syntax.Diags
	all.Load(all.ParseText(all.Options{File: "uac.cfg"}, []byte(text), &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	d.Sort()
	var b bytes.Buffer
	d.Render(&b)
	return b.String()
}
