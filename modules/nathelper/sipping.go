package nathelper

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
	"github.com/fastsips/fastsips/usrloc"
)

// A SIP ping is sent without state. Its branch says which contact it is for and when it
// left, and proves that it is ours: 8 bytes contact ID, 8 bytes microseconds, a MAC.
const (
	pingBranch = "z9hG4bKnh"
	pingData   = 16
	pingMAC    = 8
	branchLen  = len(pingBranch) + 2*(pingData+pingMAC)
)

func randomNumber() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func (p *pinger) mac(data []byte) [sha256.Size]byte {
	var b [32 + pingData]byte
	copy(b[copy(b[:], p.key[:]):], data)
	return sha256.Sum256(b[:])
}

func (p *pinger) appendBranch(dst []byte, id uint64, now int64) []byte {
	var b [pingData + pingMAC]byte
	binary.LittleEndian.PutUint64(b[:], id)
	binary.LittleEndian.PutUint64(b[8:], uint64(now/int64(time.Microsecond)))
	mac := p.mac(b[:pingData])
	copy(b[pingData:], mac[:pingMAC])
	return hex.AppendEncode(append(dst, pingBranch...), b[:])
}

// readBranch reads what appendBranch wrote; false: nobody here did.
func (p *pinger) readBranch(branch []byte) (id uint64, sent int64, ok bool) {
	var b [pingData + pingMAC]byte
	text, ok := bytes.CutPrefix(branch, []byte(pingBranch))
	if !ok || len(branch) != branchLen {
		return 0, 0, false
	}
	if _, err := hex.Decode(b[:], text); err != nil {
		return 0, 0, false
	}
	mac := p.mac(b[:pingData])
	if subtle.ConstantTimeCompare(mac[:pingMAC], b[pingData:]) != 1 {
		return 0, 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), int64(binary.LittleEndian.Uint64(b[8:])) * int64(time.Microsecond), true
}

// request sends a SIP ping.
func (p *pinger) request(l *loop.Loop, r *round, d *usrloc.Domain, rec usrloc.Record, c *usrloc.Contact, f *transport.Flow) {
	o := l.NewOut()
	text, err := p.appendRequest(o.Buf()[:0], l, r, c, f)
	if err != sipparse.OK {
		l.Free(o)
		p.counters[l.Index()].Unknown.Inc()
		return
	}
	o.Set(text)
	p.send(l, r, f, o)
	if keep := c.BranchFlags & (p.set.removeFlag | p.set.latency); keep != 0 {
		r.waits.sent(p, l.Now(), c.ID, wait{d: d, rec: rec, remove: keep&p.set.removeFlag != 0, latency: keep&p.set.latency != 0})
	}
}

func (p *pinger) appendRequest(dst []byte, l *loop.Loop, r *round, c *usrloc.Contact, f *transport.Flow) ([]byte, sipparse.Error) {
	ls := p.core.Proxy().Transport().Listener(f.Listener)
	b := append(append(append(r.text[:0], "Via: SIP/2.0/"...), f.Proto.String()...), ' ')
	b = append(ls.AppendHostPort(b, f.Local), ";rport;branch="...)
	b = append(p.appendBranch(b, c.ID, l.Now()), "\r\n"...)
	vias := len(b)
	b = p.appendCallID(b, l, r)
	callID := len(b)
	b = hexNumber(b, r.seed^r.ids)
	r.text = b
	return sipparse.AppendRequest(dst, &sipparse.RequestOptions{Method: []byte(p.set.method), URI: c.URI, Vias: b[:vias], Routes: c.Path,
		From: []byte(p.set.from), To: c.URI, CallID: b[vias:callID], FromTag: b[callID:], CSeq: 1, Headers: p.core.Settings.UserAgent})
}

// appendCallID makes a Call-ID that is this loop's, so that answers come to it.
func (p *pinger) appendCallID(dst []byte, l *loop.Loop, r *round) []byte {
	t := p.core.Proxy().Transport()
	at, owner := len(dst), t.Owner()
	for {
		r.ids++
		dst = append(hexNumber(hexNumber(dst[:at], r.seed), r.ids), "@nathelper"...)
		if owner.Of(dst[at:]) == l.Index() {
			return dst
		}
	}
}

func hexNumber(dst []byte, n uint64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return hex.AppendEncode(dst, b[:])
}

// take is asked of every response that is to no transaction; true: it is to a ping.
func (p *pinger) take(l *loop.Loop, m *sipparse.Msg) bool {
	v := m.TopVia()
	if v == nil {
		return false
	}
	id, sent, ok := p.readBranch(v.Branch.Of(m.Buf()))
	if !ok {
		return false
	}
	took := l.Now() - sent
	if took < 0 || took > int64(p.set.threshold) || slices.Contains(p.set.codes, m.Status()) {
		return true
	}
	p.counters[l.Index()].Answers.Inc()
	if w, ok := p.rounds.On(l).waits.answered(id); ok && w.latency {
		ch := p.store.NewChange(l, w.d, w.rec.AoR())
		ch.PingID, ch.PingLatency, ch.MemoryOnly = id, uint32(max(took/int64(time.Microsecond), 1)), true
		p.change(l, ch)
	}
	return true
}
