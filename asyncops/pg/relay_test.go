package pg_test

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
)

// A relay stands between us and the server and passes what the server says in
// pieces of a few bytes.
type relay struct {
	ln     net.Listener
	server string
	piece  int
	wg     sync.WaitGroup
}

func startRelay(t *testing.T, server string, piece int) *relay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{ln: ln, server: server, piece: piece}
	r.wg.Go(r.accept)
	t.Cleanup(func() { _ = ln.Close(); r.wg.Wait() }) // that ends accept
	return r
}

func (r *relay) accept() {
	for {
		client, err := r.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.server)
		if err != nil {
			_ = client.Close() // the client sees that
			continue
		}
		r.wg.Go(func() { r.pass(server, client, 64<<10) })
		r.wg.Go(func() { r.pass(client, server, r.piece) })
	}
}

// pass copies until either side ends, which ends both.
func (r *relay) pass(to, from net.Conn, piece int) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, piece)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// Answers mean the same however they are cut into packets.
func testDribble(t *testing.T, srv *pgtest.Server) {
	for _, piece := range []int{1, 2, 3, 5, 7, 4096} {
		through := startRelay(t, srv.Addr(), piece)
		url := strings.Replace(srv.URL, srv.Addr(), through.ln.Addr().String(), 1)
		r := newRig(t, 1, pg.Config{URL: url, MaxConns: 2, MaxBytes: 50_000})
		r.wantRows(`SELECT 'a', NULL, 12345; SELECT g, repeat('z', g) FROM generate_series(0,3) g`, "0,;1,z;2,zz;3,zzz")
		r.wantError(`SELECT 1/0`, "22012")
		r.wantError(`SELECT repeat('x', 50001)`, "54000")
		r.wantRows(`SELECT length(repeat('x', 20000)), repeat('q', 5)`, "20000,qqqqq")
		r.db.Close()
	}
}
