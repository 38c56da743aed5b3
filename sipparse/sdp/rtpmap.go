package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// A Codec is what a format means: an a=rtpmap line, or a static payload type.
type Codec struct {
	Format   []byte // as in the m= line
	Name     []byte // encoding name; nil if nothing says, the format itself if it is no payload type
	Rate     uint32 // clock rate in Hz; 0 if it is not said
	Channels uint8  // 1 if it is not said
}

// static has the payload types of RFC 3551 §6, which need no rtpmap.
var static = [...]Codec{
	0:  {Name: []byte("PCMU"), Rate: 8000, Channels: 1},
	3:  {Name: []byte("GSM"), Rate: 8000, Channels: 1},
	4:  {Name: []byte("G723"), Rate: 8000, Channels: 1},
	5:  {Name: []byte("DVI4"), Rate: 8000, Channels: 1},
	6:  {Name: []byte("DVI4"), Rate: 16000, Channels: 1},
	7:  {Name: []byte("LPC"), Rate: 8000, Channels: 1},
	8:  {Name: []byte("PCMA"), Rate: 8000, Channels: 1},
	9:  {Name: []byte("G722"), Rate: 8000, Channels: 1}, // by mistake 8000, and so for ever
	10: {Name: []byte("L16"), Rate: 44100, Channels: 2},
	11: {Name: []byte("L16"), Rate: 44100, Channels: 1},
	12: {Name: []byte("QCELP"), Rate: 8000, Channels: 1},
	13: {Name: []byte("CN"), Rate: 8000, Channels: 1},
	14: {Name: []byte("MPA"), Rate: 90000, Channels: 1},
	15: {Name: []byte("G728"), Rate: 8000, Channels: 1},
	16: {Name: []byte("DVI4"), Rate: 11025, Channels: 1},
	17: {Name: []byte("DVI4"), Rate: 22050, Channels: 1},
	18: {Name: []byte("G729"), Rate: 8000, Channels: 1},
	25: {Name: []byte("CelB"), Rate: 90000, Channels: 1},
	26: {Name: []byte("JPEG"), Rate: 90000, Channels: 1},
	28: {Name: []byte("nv"), Rate: 90000, Channels: 1},
	31: {Name: []byte("H261"), Rate: 90000, Channels: 1},
	32: {Name: []byte("MPV"), Rate: 90000, Channels: 1},
	33: {Name: []byte("MP2T"), Rate: 90000, Channels: 1},
	34: {Name: []byte("H263"), Rate: 90000, Channels: 1},
}

// payloadType returns the number of an RTP format, -1 if it is none.
func payloadType(format []byte) int {
	n, ok := sipparse.ParseUint(format, 127)
	if !ok {
		return -1
	}
	return int(n)
}

// sameFormat also takes 08 for 8, as those do who read numbers.
func sameFormat(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	n := payloadType(a)
	return n >= 0 && n == payloadType(b)
}

// staticCodec is what a format means without an rtpmap.
func staticCodec(format []byte) Codec {
	var c Codec
	switch n := payloadType(format); {
	case n < 0:
		c.Name = format
	case n < len(static):
		c = static[n]
	}
	c.Format = format
	return c
}

// parseRtpmap reads the value of the attribute; RFC 8866 §6.6.
//
//	rtpmap-value = payload-type SP encoding-name "/" clock-rate [ "/" encoding-params ]
func parseRtpmap(v []byte, c *Codec) bool {
	w := words{b: v}
	*c = Codec{Format: w.word(), Channels: 1}
	coding := w.word()
	name, rest, more := bytes.Cut(coding, []byte{'/'})
	c.Name = name
	if len(name) == 0 || payloadType(c.Format) < 0 || w.word() != nil {
		return false
	}
	if !more {
		return true // without a clock rate; RFC 4475 §3.3.15 has one
	}
	rate, channels, more := bytes.Cut(rest, []byte{'/'})
	n, ok := sipparse.ParseUint(rate, 1<<32-1)
	c.Rate = uint32(n)
	if ok && more {
		if n, isNumber := sipparse.ParseUint(channels, 255); isNumber && n > 0 {
			c.Channels = uint8(n)
		}
	}
	return ok
}

// Rtpmap reads a, an attribute: false if it is no good rtpmap.
func (s *Session) Rtpmap(a *Attr, c *Codec) bool {
	return sipparse.EqualFoldString(a.Name.Of(s.buf), "rtpmap") && parseRtpmap(a.Value.Of(s.buf), c)
}

// A CodecList walks the codecs of an RTP media, in the order of its m= line.
type CodecList struct {
	s       *Session
	formats FormatList
	rtpmap  [128]uint16 // 1 + the line that counts, of each payload type
}

// Codecs returns a walk over the codecs of m; of no RTP, there are none.
func (s *Session) Codecs(m *Media) CodecList {
	it := CodecList{s: s}
	if !m.IsRTP(s.buf) {
		return it
	}
	it.formats = s.FormatsOf(m)
	var a Attr
	var c Codec
	for list := s.Attrs(m.Index); list.Next(&a); {
		if s.Rtpmap(&a, &c) {
			if at := &it.rtpmap[payloadType(c.Format)]; *at == 0 {
				*at = uint16(list.at)
			}
		}
	}
	return it
}

// Next stores the next codec; false at the end. Of several rtpmaps of one format the
// first counts.
func (it *CodecList) Next(c *Codec) bool {
	var f sipparse.Span
	if !it.formats.Next(&f) {
		return false
	}
	format := f.Of(it.s.buf)
	if n := payloadType(format); n >= 0 && it.rtpmap[n] > 0 {
		v := it.s.line(int(it.rtpmap[n]) - 1).value()
		_, value := splitAttr(v.Of(it.s.buf))
		parseRtpmap(value, c)
		c.Format = format
		return true
	}
	*c = staticCodec(format)
	return true
}
