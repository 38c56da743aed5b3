package redis

import "bytes"

// slotCount is the number of hash slots of a cluster.
const slotCount = 16384

// slotOf returns the hash slot of a key: CRC16 of the key, or of the part of it between
// the first { and the next }, if there is something between them.
func slotOf(key []byte) uint16 {
	if open := bytes.IndexByte(key, '{'); open >= 0 {
		if n := bytes.IndexByte(key[open+1:], '}'); n > 0 {
			key = key[open+1 : open+1+n]
		}
	}
	var crc uint16
	for _, c := range key {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^c]
	}
	return crc % slotCount
}

// crcTable is that of CRC-16/XMODEM, polynomial 0x1021.
var crcTable = func() (t [256]uint16) {
	for i := range t {
		crc := uint16(i) << 8
		for range 8 {
			top := crc&0x8000 != 0
			if crc <<= 1; top {
				crc ^= 0x1021
			}
		}
		t[i] = crc
	}
	return t
}()
