package script

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"strconv"
)

// hashTransforms are {s.md5}, {s.sha256}, {s.sha256_hmac,key} and so on, in
// hexadecimal digits, and {s.crc32} as a decimal number.
func hashTransforms() []*TransformDef {
	list := []*TransformDef{
		whole("s", "md5", "MD5 sum", func(c *Ctx, b []byte) Value {
			sum := md5.Sum(b)
			return hexValue(c, sum[:])
		}),
		whole("s", "crc32", "CRC-32 sum", func(c *Ctx, b []byte) Value {
			return StrValue(strconv.AppendUint(c.Alloc(10)[:0], uint64(crc32.ChecksumIEEE(b)), 10))
		}),
	}
	for name, make := range map[string]func() hash.Hash{
		"sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	} {
		list = append(list,
			whole("s", name, name+" sum", func(c *Ctx, b []byte) Value { return sum(c, make(), b) }),
			text("s", name+"_hmac", name+" HMAC with a key", 1, 1, func(c *Ctx, b []byte, args []Value) Value {
				return sum(c, hmac.New(make, args[0].Str), b)
			}))
	}
	return list
}

func sum(c *Ctx, h hash.Hash, b []byte) Value {
	h.Write(b)
	return hexValue(c, h.Sum(nil))
}

func hexValue(c *Ctx, b []byte) Value {
	return StrValue(hex.AppendEncode(c.Alloc(2 * len(b))[:0], b))
}
