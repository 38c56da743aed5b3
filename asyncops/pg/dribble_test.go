package pg_test

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/relay"
)

// Answers mean the same however they are cut into packets.
func testDribble(t *testing.T, srv *pgtest.Server) {
	for _, piece := range []int{1, 2, 3, 5, 7, 4096} {
		through, err := relay.Start(relay.Config{Target: srv.Addr()})
		if err != nil {
			t.Fatal(err)
		}
		if err := through.SetFault(relay.Fault{Kind: relay.Drip, Piece: piece, Every: 1}); err != nil { // as fast as it goes
			t.Fatal(err)
		}
		url := strings.Replace(srv.URL, srv.Addr(), through.Addr(), 1)
		r := newRig(t, 1, pg.Config{URL: url, MaxConns: 2, MaxBytes: 50_000})
		r.wantRows(`SELECT 'a', NULL, 12345; SELECT g, repeat('z', g) FROM generate_series(0,3) g`, "0,;1,z;2,zz;3,zzz")
		r.wantError(`SELECT 1/0`, "22012")
		r.wantError(`SELECT repeat('x', 50001)`, "54000")
		r.wantRows(`SELECT length(repeat('x', 20000)), repeat('q', 5)`, "20000,qqqqq")
		r.db.Close()
		through.Close()
	}
}
