package tm

import (
	"strings"
	"testing"
	"time"
)

// $T_fr_inv_timeout "may also be set in an onreply_route (e.g. on 180 Ringing, after 100
// Trying) and still take effect" (OpenSIPS's documentation of tm).
func TestSetFRInvite(t *testing.T) {
	for _, c := range []struct {
		what   string
		status int // that came before
		set    time.Duration
		want   string
	}{
		{"running", 180, 3 * time.Second, "5s C"},
		{"not yet running", 0, 3 * time.Second, "30s B deliver end"},
		{"back to the default", 180, 0, "2m2s C"},
		{"after a final", 486, 3 * time.Second, ""},
	} {
		r := newRig(t, Timing{})
		id := r.table.NewClient(InviteClient, true, 0, 0, 0)
		r.runTo(2 * time.Second)
		if c.status != 0 {
			r.table.Reply(id, c.status, r.now)
		}
		r.table.SetFRInvite(id, c.set, r.now)
		r.runTo(200 * time.Second)
		if got := strings.Join(r.log, "; "); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// "The ID of a transaction that has ended is harmless", and so is a role without timer C.
func TestSetFRInviteOfOthers(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(NonInviteClient, false, 0, 0, 0)
	r.table.SetFRInvite(id, time.Second, 0)
	r.table.SetFRInvite(0, time.Second, 0)
	r.table.Kill(id)
	r.table.SetFRInvite(id, time.Second, 0)
}
