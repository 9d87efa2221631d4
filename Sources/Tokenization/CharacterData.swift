// Made by scripts/golden/tokenizer_unicode.py with tokenizers 0.23.3; do not edit.

/// Numbers in base 36 that `CharacterTable` unfolds; the script says in what order.
let characterData: StaticString = """
    4m 0 9 2 2 1 i 2n x d 1 gi 27 1 w 7n 5 7d 19 1 1 1 2 1 2 1 1 1k 6 a b 1 1 1a l g 1 2t 8 1 6 2 2 1 4 x 1 1 1 u r \
    4g 9 y 4 1 9 1 3 1 5 17 3 3r t 1o 1 g 1 3 4 2v 1 g 1 32 1 g 1 32 1 g 1 32 1 g 1 3j 1 3j 1 7 2 2t 1 g 1 3j 1 3g 1 \
    31 3 d 4 30 2 e 4 24 2 r 1 1 1 1 1 1j 5 4 4 2 5 1 2 1q 1 34 1 1 2 2a 1 jz 3 qc 1 v 1 4d 1 a 1 1c 1 4a 1 3z 3 63 \
    2 1z 1 k 8 2 1 1c e 3a 1 1i 9 1j 1 1m 1 28 1 48 3 1 d 1 7 4 1 6 1 3 2 5i 1i 6 4 ej 5 q 5 1d 5 1 a 2o d 4 1 3 c \
    2da 3 3x 1 2o w fe 4 2z 2 n9w 1 4 a w 2 28 2 7o 1 59 1 r i 1l 3 3p 1 70 1 1 3 2 2 5 2 1 1 1g 1 6u 1 aaa 4xs f2 1 \
    ld g 5r 1 6x 3 1 1 e7 1 6a 1 45 5 1aq 1 1 1 14 3 4 1 4l 2 127 1 1k 1 1l 2 2 1 1u 3 1c 2 1q 1 2e 1 2z 1 4y 2 29 1 \
    15 7 3 5 99 2 6z 2 3i 1 3b 1 37 1 gjo 5 1n 7 g2v 1 1 4 43n 3 9 g 2 7 u 4 44 3 4gb 7 gze2 1 u 2o 1egw 1eke 2 1eke \
    4f nj 1 uu b 9b 3 1j 1 6 8 c 3 a 2 t 1 1r 4 t 2 t 2 1q 2 4 2 2 2 4 1 u 2 3 1 b 2 1q 5 1 2 p 2 t 1 1p 1 1 4 h 1 b \
    2 u 1 1p 1 1r 1 1p 3 5 3 1 3 l 2 t 1 1p 1 6 1 5 1 l 2 t 1 1r 4 t 2 32 3 1 1 2i 1 2 4 f 1 4 3 2q 1 2 4 3 2 f 2 4o \
    4 4 1 e b 1 10 34 4 1 5 6 2 p 2 4 3 g 4 d 1 2 2 m 1 19w 2 u 2 u 2 u 2 1s 2 1 7 8 1 2 9 1 1 1j 3 7m 3 4 2 9 1 6g \
    1 1m 1 1 7 3 1 2 8 6 2 3v 4 1e 5 1 1 5 1 1p 2 w 4 2 2 2 2 1m 2 3 1 1 3 1m 8 2 1 rm3 1 8 1 p 2 73 5 s b 1a 3 1f 4 \
    2 1 14 1 1v 6 2 2 2 2 c 1 8 1 1b 1 33 2 6v 1 2 1 g7r g 2cx 3 1 2 5 1 1 1 16a 1 1i e 1m 2 1d 4 34 5 1 6 25 2 1g 9 \
    c 2 2q 3 2 1 2 1 4n 1 3 6 n 2 1q 1 aa 6 1 1 4 2 6p 4 6 2 u 2 2d 8 2 1 2 1 2y 1 1 1 2 6 2v 3 2 4 1 4 hgk 4 f7u 1 \
    5sy 1j 4 1e 8 1 e 1 m 5 1 f h2ds 6o a 9 2 2 1 i 1 3j 1 4bj 1 1vj b t 2 5 1 1b 1 334 1 49 x f a 7 q 6 q 4 y 1 5 1 \
    3 1 a 2 3 1 3 1 wq 6 15 2 1f 1 1 1 2 1 2 1 18 2 k 2 1 2 d 1 2 2 22 4 2u 1 17 e 6h 3 1i f v 1 79 2 a 1 an 1 lf 1 \
    2i 1 a 2 4o f 1 1 11 4 1z 1 22 5 4 2 33 6 4r 1 h0 9 47 1 h8 2 18 2 26 3 1z 2 4d 3 1 3 11 b 8p 2 60 2 3k 7 1 6 4s \
    7 4b 4 1n 5 1q 2 1s 8 b 1 n0 o 8 k 1 d 1 c u 2 e 2 hl 4 v0 e 27 2 v a b7 m 1r 4 w 2 l7 4 1 2 34 1 3z 1b 1 j ce 3 \
    4 a 2 c g 1 c 1 2q 1 2i 1 mwy 2 7h 3 2r 1 a 1 37 6 ak 4 2e 2 14 3 1 1 1d 2 1b 1 2p d g 2 3g 4 3i 2 g 2 6x 1 g2a \
    2 5s a m z 1 e 1 1 4 1 1 2 45 3 1 6 1 4 a 2 3 2 q 3 1 1 r 1 1 1 1 7 be 3 ik 1 1c 1 bi 1 kn 1 5j 1 v 1 7k 9 12 1 \
    34 7 1u 7 2h 4 x6 7 31 2 1 4 3i 4 1c 2 27 5 3 1 d 1 1 3 2g 6 2z 1 f0 1 6y n 2x 3 6w 3 2lt 5 dtl 2 3p 1 1t 5 8 1 \
    g2i 1 5wn 5 f a9s 534 1s g74 hse 2 1 1 1 2 a 1 1 1 1 2 2 3 1w 2 2y 12 1fk0 wyo w 3ds 74 49c 8ku 2 p 1qs e 6 3mq \
    1 2 2t 1 2 1z 2 2 ef 1 6 3le 2 4 nxf 1 2 30 1 2 kjj 1 2 38 1 2 7r 1 2 6s 1 2 3 1 1 hb 1 2 13c 1 2 zs5 2 3 6 1 5 \
    0 5 3 2vh 7 6 1 h 6 2 7 6 1 2 6 1 5 6 1sp 6 6 0 1 1 1l7 1t 4c 1s 2u 6 59 1 6 5b 1 6 5d 1 6 5f 1 6 5h 1 6 5j 1 6 \
    1s 1 6 5j 1 6 5h 1 6 5j 1 6 5l 1 6 5n 1 6 5h 1 6 5j 1 6 5l 1 6 5n 1 6 1s 1 c 5h 1 6 5j 1 6 5l 1 6 5n 1 6 5p 2 6 \
    1s 1 6 5j 1 6 5l 1 6 5n 1 6 5p 1 6 5j 1 6 1s 2 6 71 1 6 73 1 6 75 1 6 77 1 6 79 1 f 7b 1 6 79 1 6 7b 1 6 7d 1 6 \
    7f 1 6 79 1 6 7b 1 6 7d 1 6 7f 2 c 79 1 6 7b 1 6 7d 1 6 7f 1 6 7h 3 6 7b 1 6 7d 1 6 7f 1 6 7h 1 6 7b 2 6 7f 1 6 \
    8t 1 6 8v 1 6 8x 1 6 8z 1 6 91 1 6 93 1 6 91 1 6 93 1 6 95 1 6 97 1 6 99 1 6 9b 1 6 9d 1 c 9f 1 6 9h 1 6 2 2 6 \
    9l 1 6 9n 1 6 9p 1 6 9r 1 6 9t 1 6 9v 1 6 9x 1 6 9z 1 6 a1 1 6 a3 1 6 a1 1 6 a3 1 6 a5 1 6 a7 1 6 a9 1 6 ab 1 6 \
    ad 1 c af 1 6 ah 1 6 2 2 6 al 1 6 an 1 6 ap 1 6 ar 1 6 at 1 6 av 1 6 ax 1 6 az 1 6 b1 2 6 2 2 6 b7 1 c b9 1 6 bb \
    2 6 bd 1 6 bf 1 6 bh 1 6 bj 1 6 bl 1 6 bn 1 f 2 2 6 bt 1 6 bv 1 6 bx 1 6 bz 1 6 c1 1 6 c3 2 6 2 2 6 c9 1 6 cb 1 \
    6 cd 1 6 cf 1 6 ch 1 6 cj 1 6 2 2 6 cj 1 6 cl 1 6 cn 1 6 cp 1 6 cr 1 c ct 1 6 cv 1 6 cx 1 6 cz 1 6 d1 1 6 d3 1 6 \
    d5 1 c d7 1 6 d9 1 6 db 1 6 dd 1 6 2 2 6 dh 1 6 dj 1 6 dl 1 6 dn 1 6 dp 1 6 dr 1 6 dt 1 6 dv 1 6 dx 1 6 dz 1 6 \
    e1 1 6 e3 1 6 e1 1 6 e3 1 6 e1 1 6 e3 1 c e5 1 6 e7 1 6 e9 1 6 eb 1 6 ed 1 6 ef 3 6 bo 1 f 2 2 6 bg 1 6 2 2 c be \
    1 6 2 3 6 4e 1 6 b8 1 6 ba 1 6 2 2 6 be 1 6 bi 2 6 bq 1 6 bm 1 6 2 4 6 bq 1 6 bu 2 6 bw 1 6 gx 1 6 gz 1 f 2 2 6 \
    c4 1 6 2 2 6 c4 3 6 2 2 6 c4 1 6 hf 1 6 hh 1 c c2 1 f 2 2 6 c6 1 6 2 4 6 2 8 6 4 1 6 2 2 6 4 1 6 2 2 6 4 1 6 2 2 \
    6 k7 1 6 k9 1 6 jv 1 6 jx 1 6 jn 1 6 jp 1 6 jf 1 6 jh 1 6 jj 1 6 jl 1 6 jn 1 6 jp 1 6 jr 1 6 jt 1 6 jv 1 6 jx 2 \
    6 l5 1 6 l7 1 6 l9 1 6 lb 1 6 dz 1 6 e1 1 6 2 2 6 l9 1 6 lb 1 6 l5 1 6 l7 1 6 l1 1 6 l3 1 6 l5 1 6 l7 1 6 94 1 6 \
    92 1 6 ln 1 6 4 1 6 2 2 6 m1 1 6 m3 1 6 5d 1 6 33 1 6 lv 1 6 lx 1 6 mp 1 6 mr 1 6 ff 1 6 fh 1 6 ej 1 6 el 1 6 n1 \
    1 6 n3 1 6 n5 1 6 n7 1 6 n1 1 6 n3 1 6 n5 1 6 n7 1 6 n1 1 6 n3 1 6 n5 1 6 n7 1 6 mx 1 6 mz 1 6 n1 1 6 n3 1 6 mz \
    1 6 n1 1 6 n3 1 6 n5 1 6 n1 1 6 n3 1 6 n5 1 6 n7 1 6 nd 1 c nf 1 6 nh 1 6 2 2 6 ob 1 6 od 1 6 77 2 f 2 2 6 p5 1 \
    6 p7 1 6 p1 1 6 p3 1 6 ol 1 6 on 1 6 op 1 6 or 1 6 ot 1 6 ov 1 6 ox 1 6 oz 1 6 oh 1 6 oj 7 6 gnq 1 6 2 2 6 91 1 \
    6 gnk 3 6 2 2 6 at 1 6 3u 1 6 3y 1 x 2 82 f 2 2 6 ad 2 6 2 8 7 1ad 1 6 6g 6 6 14p 1 6 2e 1 7 13z 1 6 2i 1 6 2k 1 \
    6 2m 2 6 2u 2 6 32 1 6 38 1 6 2a 1 2u 1s 2 16 1s 1 6 u 1 6 1g 1 6 a 1 6 g 1 6 i 1 6 k 1 6 16 q 6 x 1 6 b 1 6 p 1 \
    6 f 1 6 9 1 6 g 4 6 1 1 6 3 4 23 2 6 6 3b 3 6 2 2 6 d 1 6 2 3 i 77 1 6 2y 1 6 2w 1 6 4g 1 6 2o 1 i 4g 1 6 4e 1 o \
    4g 1 6 2k 1 6 2e 1 6 2y 1 6 4g 1 1i 1s 1 6 1q 1 3o 1s a 6 1 n 6 1h 1 6 1j 2 6 1r 4 6 1 5 6 1v 1 6 21 1 6 1h 2 1x \
    2 2 6 1 1 6 3 1 x 2 a 4l 2 2 6 u 1 6 7p 1 6 7r 1 13 2 3 6 8v 1 6 8x 1 6 8z 1 6 91 1 6 2 2 6 8x 1 6 8z 1 6 2 2 6 \
    1 1 6 3 1 6 97 1 c 99 1 6 9b 1 6 2 2 6 9f 1 6 9h 1 6 9j 1 6 9l 1 6 9b 1 6 9d 1 6 2 2 6 1 1 6 3 1 6 8t 1 6 8v 1 6 \
    9h 1 6 9j 1 6 9l 1 6 9n 1 6 9p 1 6 9r 1 6 9l 1 6 9n 1 6 2 2 6 9l 1 6 9n 1 4l 2 3 6c 2o 5o 6 a 1 6 8 1 6 20 1 6 4 \
    1 6 20 4a 6 16 2 6 1 h 6 1 gm 6 1 8 6 1 3 6 1 10 i 3p 1 6 3h 1 c 39 1 6 2t 1 6 2n 3h c 39 2 6 2n 2c 6 1 3 6 4 z \
    c 3p 1 6 3h 3 6 2t 6i 6 1 k c 39 9v 6 16 7 c s 2 6 f 7k 6 1 a1 6 1 a 6 1 5 6 1 5 6 1 5 6 1 d 6 29 59 6 1 3e 6c \
    b7k 2 6 b7k 6 6 b7k k3 dc 1nz4 1 10 g 1fq 6 b 2 6 f 6 6 r 92 6 2 7 76 4n3 3 i 4n3 8x 6 bp9 1 c bpb 1 6 bpd 1 6 \
    bpf 1 6 bph 1 6 bpj 1 c bpl 1 c bpn 1 6 bpp 1 6 bpr 1 6 bpt 1 6 bpv 1 6 bpx 1 6 bpz 1 6 bq1 1 6 bq3 1 c bq5 1 6 \
    bq7 1 6 bq9 1 6 bqb 1 6 bqd 1 6 bqf 1 6 bqh 1 6 bqj 1 6 bql 1 c bqn 1 c bqp 1 c bqr 1 6 bqt 1 6 bqv 1 6 bqx 1 6 \
    bqz 1 6 br1 1 6 br3 1 6 br5 1 6 br7 1 c br9 1 6 brb 1 6 brd 1 6 brf 1 6 brd 1 6 brf 1 6 brh 1 6 brj 1 6 brl 1 c \
    brn 1 6 brp 1 6 brr 1 6 brt 1 6 brv 1 6 brx 1 6 brz 1 c bs1 1 6 bs3 1 6 bs5 1 6 bs7 1 6 bs9 1 c bsb 1 6 bsd 1 6 \
    bsf 1 6 bsh 1 6 bsj 1 6 bsl 1 6 bsn 1 c bsp 1 6 bsr 1 6 bst 1 6 bsv 1 6 bsx 1 6 bsz 1 6 bt1 1 c bt3 1 6 bt5 1 6 \
    bt7 1 6 bt9 1 6 bt7 1 6 bt9 1 6 btb 1 6 btd 1 6 btf 1 6 bth 1 6 btj 1 c btl 1 6 btn 1 6 btp 1 6 btr 1 6 btt 1 6 \
    btv 1 6 btx 1 6 btz 1 6 bu1 1 c bu3 1 6 bu5 1 6 bu7 1 6 bu9 1 6 bub 1 6 bud 1 6 buf 1 c buh 1 6 buj 1 6 bul 1 6 \
    bun 1 6 bup 1 6 bur 1 6 but 1 6 buv 1 6 bux 1 c buz 1 6 bv1 1 6 bv3 1 c bv5 1 6 bv7 1 6 bv9 1 6 bvb 1 6 bvd 1 6 \
    bvf 1 6 bvh 1 6 bvj 1 6 bvl 1 c bvn 1 6 bvp 1 6 bvr 1 c bvt 1 c bvv 1 6 bvx 1 6 bvz 1 6 bw1 1 6 bw3 1 6 bw5 1 6 \
    bx7 1 6 bwl 1 6 bwh 1 6 bwf 2 6 bhz 3 6 br1 2 6 by5 1 6 by7 1 6 by9 1 6 byb 1 6 byd 1 6 byf 1 6 byh 1 6 byj 1 6 \
    byl 1 6 byn 1 6 byp 1 6 byr 1 6 byt 1 6 byv 1 6 byx 1 6 byz 1 6 bz1 1 6 bz3 1 6 bz5 1 6 bz7 1 6 bz9 1 6 bzb 1 6 \
    bzd 1 6 bzf 1 6 bz9 1 6 bzb 1 6 bzd 1 6 bzf 1 6 bzh 1 6 bzj 1 6 bzl 1 6 bzn 1 6 bzp 1 6 bzr 1 6 bzt 1 6 bzv 1 6 \
    bzx 1 6 bzz 1 6 c01 1 6 c03 1 6 bzx 1 6 bzz 1 6 c01 1 6 c03 1 6 bzt 1 6 bzv 1 6 bzx 1 6 bzz 1 6 c01 1 6 c03 1 6 \
    c05 1 6 c07 1 6 c09 1 6 c0b 1 6 c0d 1 6 c0f 1 6 c0h 1 6 c0j 1 6 c0l 1 6 c0n 1 6 c0p 1 6 c0r 1 6 c0t 1 6 c0v 1 6 \
    c0x 1 6 c0z 1 6 c11 1 6 c13 1 6 c0t 1 6 c0v 1 6 c0x 1 6 c0z 1 6 c11 1 6 c13 1 6 c15 1 6 c17 1 6 c19 1 6 c1b 1 6 \
    c1d 1 6 c1f 1 6 c1h 1 6 c1j 1 6 c1d 1 6 c1f 1 6 c1h 1 6 c1j 1 6 c1l 1 6 c1n 1 6 c1p 1 6 c1r 1 l 2 2 6 asd 1 6 \
    asf 1 6 ash 1 6 asj 1 6 asl 1 6 asn 1 6 asp 1 6 asr 1 6 ast 1 6 asv 1 6 asx 1 6 asz 1 6 at1 1 6 at3 1 6 at5 1 6 \
    at7 1 6 at1 1 6 at3 1 6 at5 1 6 at7 1 6 at9 1 6 atb 3 6 ath 1 6 atj 1 6 atl 1 6 atn 1 6 atp 1 6 atr 3 6 att 1 6 \
    atv 1 6 atx 1 6 atz 1 6 au1 1 6 au3 1 6 au5 1 6 au7 1 6 au9 1 6 aub 1 6 aud 1 6 auf 1 6 auh 1 6 auj 1 6 aul 1 6 \
    aun 1 6 aul 1 6 aun 1 6 aup 1 6 aur 1 6 aut 1 6 auv 1 6 aux 1 6 auz 1 6 av1 1 6 av3 1 6 av5 1 6 av7 1 6 av9 1 6 \
    avb 1 6 avd 1 6 avf 1 6 av5 1 6 av7 1 6 av9 1 6 avb 1 6 avd 1 6 avf 3 6 avl 1 6 avn 1 6 avp 1 6 avr 1 6 avt 1 6 \
    avv 3 6 avp 1 6 avr 1 6 avt 1 6 avv 1 6 avx 1 6 avz 1 6 aw1 1 6 aw3 2 6 aw7 2 6 awb 2 6 awf 2 6 awj 1 6 awd 1 6 \
    awf 1 6 awh 1 6 awj 1 6 awl 1 6 awn 1 6 awp 1 6 awr 1 6 awt 1 6 awv 1 6 awx 1 6 awz 1 6 ax1 1 6 ax3 1 6 ax5 1 6 \
    ax7 1 6 ayl 1 6 ayn 1 6 ayh 1 6 ayj 1 6 ayh 1 6 ayj 1 6 ayh 1 6 ayj 1 6 ay9 1 6 ayb 1 6 ay1 1 6 ay3 1 6 axx 1 6 \
    axz 3 6 azh 1 6 azj 1 6 azl 1 6 azn 1 6 azp 1 6 azr 1 6 azt 1 6 azv 1 6 azx 1 6 azz 1 6 b01 1 6 b03 1 6 b05 1 6 \
    b07 1 6 b09 1 6 b0b 1 6 b01 1 6 b03 1 6 b05 1 6 b07 1 6 b09 1 6 b0b 1 6 b0d 1 6 b0f 1 6 b0h 1 6 b0j 1 6 b0l 1 6 \
    b0n 1 6 b0p 1 6 b0r 1 6 b0t 1 6 b0v 1 6 azx 1 6 azz 1 6 b01 1 6 b03 1 6 b05 1 6 b07 1 6 b09 1 6 b0b 1 6 b0d 1 6 \
    b0f 1 6 b0h 1 6 b0j 1 6 b0l 1 6 b0n 1 6 b0p 1 6 b0r 1 6 b25 1 6 b27 1 6 b29 1 6 b2b 1 6 b2d 2 6 b2h 1 6 b2j 1 6 \
    b2l 1 6 b2n 1 6 b2p 1 6 b2r 1 6 b2t 2 6 b2h 3 6 ca9 1 6 b2t 1 6 b2v 1 6 b2x 2 6 b31 1 6 b33 1 6 b39 1 6 b3b 1 6 \
    b39 1 6 b3b 1 6 b3d 1 6 r 1 6 t 1 6 v 1 6 b3h 1 6 b3j 1 6 b3l 1 6 b3n 3 6 b3t 1 6 b3v 1 6 b3x 1 6 b3z 1 6 b41 1 \
    6 b43 2 6 1u 1 6 1s 1 6 1q 1 6 b3p 1 6 b3r 1 6 b3t 1 6 b3v 1 6 b45 1 6 b47 1 6 b41 1 6 b43 1 6 b45 1 6 b47 1 6 \
    b49 1 6 b4b 1 6 b4l 1 6 ccp 1 6 ccr 1 7 cgt 3 6 b4h 1 6 b4j 1 6 b4l 2 6 b4p 1 6 b4r 1 6 b5d 1 6 b5f 1 6 b4x 1 6 \
    b4z 1 6 b51 1 6 ccx 89 6 bll 4 6 cxp 1 6 cyb 7 6 1k 1a 2o w k 6 2 n 6 j 1 6 h j 6 1f v 6 6 1 6 c 1 6 6 1h 6 1 5 \
    6 1 3 6 1 o f 1 r 6 9 3 6 1 3 6 3 2 6 1 n 7 dhh 2 6 1 b 6 1r 1 7 dib 1 7 di9 1 c n 3 c 3 3 c 3 7 c b 3 c 3 3 c 3 \
    z 6 j 1 c 9 1 6 7 1d c 5j 1 c 4h 7 o 33 1o d 532 b0 4c 1g 171 6 2 84 80 2o 1d 6 2 2 6 gkt 1 6 5vv 1 6 gjx 3 l 2 \
    2 6 gmv 1 6 gl5 1 6 gn1 1 6 gmz 2 6 2 3 6 2 9 c got 1 8f 2 9 f 2 5 6 2 nu 23 1 3 l 1 7 6 1 1 6 3 2 6 1 1 6 3 2 6 \
    1 1 6 3 2 6 1 1 6 3 2 6 1 1 6 3 n 6 4b a 6 1 e 23 1 3 l 1 7 6 1 1 6 3 2 6 1 1 6 3 2 6 1 1 6 3 2 6 1 1 6 3 2 6 1 \
    1 6 3 n 6 4b 3 o f 4 6 1 n5u 3x 2 k 2f 2 3s 19 2 4 59 2 b f 2 2 6 1iiv 1 x 2 5 6 2 2 6 1t8v 3 f 2 4 1r 2 2 6 \
    1taf 1 6 1tb1 1 6 1tat 1 6 1ta9 1 6 1taf 2 6 1t7n 1 6 1t8z 1 6 1t7t 1 6 1fk 1 1f 2 2 6 2n 1 6 1tad 1 6 1ilr 1 f \
    2 2 6 1tcd 1 1f 2 2 6 1toh p 6 2 g0b 8 16y7 1 8 1lp5 1 8 15yn 1 8 16r9 1 8 1ilh 1 8 1vhh 1 8 1t8h 1 8 zbp 1 8 \
    zbr 1 8 1r3j 1 8 14s1 1 8 1slj 1 8 1r47 1 8 1not 1 8 1fm1 1 8 1c0j 1 8 19cx 1 8 18rx 1 8 18ab 1 8 15af 1 8 1kir \
    1 8 1jar 1 8 1htl 1 8 1gmp 1 8 1a5x 1 8 14yl 1 8 11ld 1 8 1ve9 1 8 1tfx 1 8 1k4x 1 8 1hc5 1 8 19er 1 8 zyb 1 8 \
    1pk1 1 8 1i7h 1 8 19kb 1 8 185b 1 8 1nef 1 8 1b4r 1 8 18nj 1 8 1ozf 1 8 1lpf 1 8 1j7j 1 8 1h0d 1 8 158b 1 8 1v0t \
    1 8 1u5p 1 8 1tpd 1 8 1mmv 1 8 1k8r 1 8 1hdv 1 8 1fh3 1 8 1bvp 1 8 19i5 1 8 19df 1 8 16dr 1 8 12q3 1 8 111v 1 8 \
    101r 1 8 1eu5 1 8 1egp 1 8 1cu1 1 8 1aeh 1 8 14dx 1 8 zup 1 8 17md 1 8 1rd1 1 8 1oxp 1 8 1dc7 1 8 1bpp 1 8 1haf \
    1 8 1erd 1 8 16vf 1 8 12ub 1 8 1rdv 1 8 1pzl 1 8 1kkx 1 8 1j39 1 8 1im5 1 8 1d1b 1 8 1cmp 1 8 134b 1 8 1trz 1 8 \
    1bpr 1 8 1u5r 1 8 1u6p 1 8 1e9f 1 8 1ctt 1 8 1adp 1 8 132f 1 8 17eb 1 8 1nh3 1 8 1kmr 1 8 17lp 1 8 1vm1 1 8 1q7j \
    1 8 1okb 1 8 1gvn 1 8 1g4j 1 8 1tp3 1 8 1eq9 1 8 1v0r 1 8 1oqh 1 8 1voz 1 8 1jjr 1 8 1mg1 1 8 1d3j 1 8 1tfz 1 8 \
    1rmj 1 8 1fiv 1 8 1aa1 1 8 17rd 1 8 1jzf 1 8 15s1 1 8 1jo3 1 8 1nft 1 8 1au5 1 8 1n6x 1 8 1g69 1 8 1vgx 1 8 1ue5 \
    1 8 1u8v 1 8 1l9t 1 8 1d7r 1 8 1b15 1 8 17px 1 8 14yl 1 8 1tsj 1 8 1ta3 1 8 1r8b 1 8 1p2j 1 8 1md7 1 8 1ibv 1 8 \
    1eph 1 8 13g1 1 8 11kp 1 8 zxd 1 8 zud 1 8 1ty5 1 8 1lzd 1 8 1k4p 1 8 15xx 1 8 1p9v 1 8 1o1p 1 8 1nvj 1 8 1mul 1 \
    8 1iot 1 8 1hub 1 8 1gk5 1 8 1ehh 1 8 1cub 1 8 1bv3 1 8 161v 1 8 1a39 1 8 15nx 1 8 14f5 1 8 1u6h 1 8 1tyr 1 8 \
    1t4x 1 8 1i25 1 8 18l7 1 8 17u5 1 8 1p69 1 8 1opn 1 8 1nbl 1 8 1k31 1 8 1djj 1 8 1h0j 1 8 1vgn 1 8 1s9r 1 8 1qbp \
    1 8 1plt 1 8 1onz 1 8 1gxh 1 8 1gnd 1 8 1c89 1 8 1byr 1 8 14vt 1 8 1307 1 8 12vp 1 8 12k7 1 8 1v83 1 8 1ekv 1 8 \
    1539 1 8 133z 1 8 1odr 1 8 1vmv 1 8 1upt 1 8 1qcb 1 8 1q7v 1 8 1mix 1 8 1ks9 1 8 1hpf 1 8 1fy5 1 8 1a4r 1 8 15l9 \
    1 8 zn1 1 8 1m61 1 8 13cf 1 8 1u2j 1 8 1lsp 1 8 1lm3 1 8 1jip 1 8 1izh 1 8 1gud 1 8 1gbr 1 8 1f45 1 8 1da5 1 8 \
    12hv 1 8 1uiv 1 8 1nwn 1 8 1391 1 8 1v0x 1 8 1px3 1 8 1j9z 1 8 1655 1 8 1oyh 1 8 1oa1 1 8 1ll1 1 8 1h2f 1 8 138r \
    1 8 1u93 1 8 1ti5 1 8 1q7n 1 8 1me1 1 8 1lwl 1 8 1ldf 1 8 1jp7 1 8 1gvv 1 8 1g5h 1 8 1cd5 1 8 18of 1 8 18nh 1 8 \
    154p 1 8 134f 1 8 1tuf 1 8 1izn 1 8 1ti7 1 8 1hrv 1 8 1god 1 8 19t7 1 8 138b 1 8 10z9 1 8 102v 1 8 1ltl 1 8 1jdf \
    1 8 1bff 1 8 1e8n 1 8 1e3z 1 8 1djh 1 8 1hf7 1 8 1i9v 1 8 17pj 1 8 1vnd 1 8 1axb 1 8 1ua1 1 8 1ucx 1 8 1pdh 1 8 \
    1nq5 1 8 1dg9 1 8 1qm5 1 8 1jnx 1 8 1m77 1 8 166v 1 8 18xj 1 8 13ef 1 8 18fx 1 8 1pbj 1 8 1uon 1 8 1swp 3 8 1rvv \
    2 8 1mbf 3 8 1ugd 1 8 1hav 1 8 1fvd 1 8 1ewn 1 8 1eut 1 8 1euh 1 8 1es7 1 8 130r 1 8 1dj1 1 8 1cch 2 8 19uj 2 8 \
    17wz 3 8 15uh 1 8 15jl 4 8 12et 1 8 12e5 1 8 12br 1 8 10j5 1 8 15lr 1 8 13an 1 8 1vcz 1 8 1uvn 1 8 1uq1 1 8 1u4z \
    1 8 1u3j 1 8 1txj 1 8 1t0x 1 8 1sv5 1 8 1spr 1 8 1rzl 1 8 1rtv 1 8 1qct 1 8 1qcb 1 8 1opd 1 8 1odn 1 8 1obl 1 8 \
    1o63 1 8 1mub 1 8 1mm7 1 8 1mcj 1 8 1lkt 1 8 1jmj 1 8 1jdj 1 8 1iyx 1 8 1i2b 1 8 1hrv 1 8 1gzz 1 8 1f8z 1 8 1ezf \
    1 8 1eyv 1 8 1eyz 1 8 1eyl 1 8 1eyb 1 8 1exz 1 e 1evd 1 8 1elj 1 8 1ehz 1 8 1e0b 1 8 1d51 1 8 1d3x 1 8 1d0v 1 8 \
    1cjz 1 8 1cbv 1 8 1bkt 1 8 1bd3 1 8 1bd5 1 8 1amn 1 8 18rj 1 8 18k5 1 8 1801 1 8 17wz 1 8 17a9 1 8 177d 1 8 165b \
    1 8 15y5 1 8 13bd 1 8 12vn 1 8 12sd 1 8 1otn 1 8 3ls4 1 8 1bjd 3 8 1w2b 1 8 1unr 1 8 1us3 1 8 1vj9 1 8 1uu5 1 8 \
    1uqx 1 8 1u8t 1 8 1u61 1 8 1t4l 1 8 1t8n 1 8 1t4x 1 8 1t0x 1 8 1s1v 1 8 1rwz 1 8 1roz 1 8 1ro5 1 8 1r97 1 8 1qy9 \
    1 8 1pi7 1 8 1phv 1 8 1p9x 1 8 1p67 1 8 1opn 1 8 1oj5 1 8 1on3 1 8 1ofp 1 8 1oib 1 8 1oa9 1 8 1o6n 1 8 1nkh 1 8 \
    1nfn 1 8 1ncp 1 8 1myb 1 8 1mih 1 8 1m9h 1 8 1m9b 1 8 1m63 1 8 1kjb 1 8 1kfr 1 8 1ju3 1 8 1j7d 1 8 1j8b 1 8 1j3j \
    1 8 1ipl 1 8 1i6z 1 8 1fqj 1 8 1hw1 1 8 1hpb 1 8 1hij 1 8 1h0f 1 8 1gs7 1 8 1gpb 1 8 1gct 1 8 1gcr 1 8 1g3b 1 8 \
    1g2f 1 8 1g13 1 8 1fwd 1 8 1fwz 1 8 1fb1 1 8 1ek5 1 8 1e55 1 8 1dut 1 8 1dif 1 8 1d9z 1 8 1crp 1 8 1cgp 1 8 1b5t \
    1 8 1ax5 1 8 19iv 1 8 18tl 1 8 18pt 1 8 18oz 1 8 188j 1 8 185f 1 8 187z 1 8 1851 1 8 1859 1 8 1869 1 8 1823 1 8 \
    17xn 1 8 17ch 1 8 16hf 1 8 1601 1 8 15jp 1 8 157h 1 8 13mb 1 8 13gn 1 8 13ab 1 8 132z 1 8 1311 1 8 130f 1 8 12xt \
    1 8 11th 1 8 100z 1 8 3b3q 1 8 3b3c 1 8 3fns 1 8 23jd 1 8 21rp 1 8 21px 1 8 3roo 1 8 3vuc 1 8 49a0 1 8 106h 1 8 \
    102d 1w 6 2ow7 2 6 2oux b 6 2ow1 1 6 2ow3 1 6 2ow5 1 6 2ow7 1 6 2oxn 1 6 2oxp 1 16 2oxr 2 u 2oxr 2 f 2oxr 1 f \
    2oxr 1 f 2oxr 1 o 2oxr 1 6 2oyz 1 6 2oz9 1 6 2oyr 1 6 2oyb r7 4c 1s xy 6o 28 3t 60 28 4d 1u 26 2 2i 26 2 16 26 2 \
    c 26 1d7 8i 3k 4e 3o 1s mt f 1 f 6 b sw 6 3 rp 5c 1s gw1 5c 1s 1t 46 1i o5k 5o 1w 1hi7 8 7hc5 1 8 7hch 1 8 7hc1 \
    1 8 2pj5 1 8 7gw7 1 8 7grx 1 8 7gr9 1 8 7gnd 1 8 7ggr 1 8 7gf3 1 8 7gat 1 8 7gc7 1 8 7rh7 1 8 2nj9 1 8 7g5d 1 8 \
    7g51 1 8 7g47 1 8 7g37 1 8 2nzf 1 8 7rg3 1 8 7g49 1 8 7g27 1 8 2nx1 1 8 7g1r 1 8 7g13 1 8 7h5l 1 8 7g0r 1 8 7g0b \
    1 8 14e1 1 8 7fwv 1 8 7fw5 1 8 7ren 1 8 7ft5 1 8 7fsl 1 8 7fq7 1 8 7fpz 1 8 7rbx 1 8 7fln 1 8 7fll 1 8 7fk5 1 8 \
    7fiz 1 e 7fif 1 8 7fhj 1 8 7fet 1 8 7fef 1 8 7fdz 1 8 7fcn 1 8 7fc5 1 8 7fc3 1 8 7fc5 1 8 7fc7 1 8 2m1b 1 8 73wp \
    1 8 7f87 1 8 7f73 1 8 2lk9 1 8 7f6j 1 8 7f69 1 8 7f55 1 8 7ewr 1 8 7f2h 1 8 7f1n 1 8 7ezx 1 8 7ewr 1 8 7es5 1 8 \
    7eqr 1 8 7en3 1 8 7em9 1 8 7ekh 1 8 7ekj 1 8 7ejf 1 8 7eih 1 8 7ei3 1 8 7ehb 1 8 7dyh 1 8 7edn 1 8 7dyj 1 8 7e9l \
    1 8 7e7p 1 8 7fyp 1 8 7d8l 1 8 7don 1 8 7dml 1 8 7dl9 1 8 7dsj 1 8 7djb 1 8 7djf 1 8 7dcn 1 8 2hux 1 8 7d8v 1 8 \
    7d8n 1 8 7d7v 1 8 7d6t 1 8 7d6f 1 8 7d2x 1 8 2h67 1 8 2h2l 1 8 7cvf 1 8 7csv 1 8 7cs9 1 8 7cwp 1 8 7cov 1 8 7qpd \
    1 8 7qon 1 8 7cg1 1 8 7cd3 1 8 7cd5 1 8 2fyf 1 8 7c5v 1 8 7c4r 1 8 7c3z 1 8 7c3d 1 8 2fg1 1 8 7c2t 1 8 7c2h 1 8 \
    7arl 1 8 7c11 1 8 7qi1 1 8 7bxp 1 8 7bwz 1 8 7bsh 1 8 7bvd 1 8 2ect 1 8 7bld 1 8 2ect 1 8 7bj3 1 8 7bjb 1 8 7bif \
    1 e 7bcv 1 8 7q93 1 8 7bbh 1 8 7b95 1 8 7b81 1 8 7b5n 1 8 7q6j 1 8 2cy3 1 8 7q57 1 8 7b1x 1 8 7b1t 1 8 7b1p 1 8 \
    7b0n 1 8 xkp 1 8 7axv 1 8 2can 1 8 2cap 1 8 6x43 1 8 7aw3 1 8 7aw5 1 8 7q1p 1 8 2665 1 8 1njv 1 8 7ast 1 8 7asd \
    1 8 7q0f 1 8 7apv 1 8 7an3 1 8 7aml 1 8 7akr 1 8 7ad9 1 8 7pvx 1 8 7pxn 1 8 7acd 1 8 2avz 1 8 7a9n 1 8 7a2j 1 8 \
    7a2d 1 8 7a2b 1 8 7a2h 1 8 79zz 1 8 79yx 1 8 79wz 1 8 79xt 1 8 79x9 1 8 79up 1 8 79tn 1 8 79th 1 8 79s3 1 8 79rj \
    1 8 79nx 1 8 79jb 1 8 79hf 1 8 79al 1 8 2993 1 8 79br 1 8 79ff 1 8 799h 1 8 7981 1 8 792p 1 8 28wp 1 8 78zd 1 8 \
    794l 1 8 7967 1 8 7pk7 1 8 78vn 1 8 78uj 1 8 78sv 1 8 78v1 1 8 7ph1 1 8 78j5 1 8 78hl 1 8 27b3 1 8 78b3 1 8 77vr \
    1 8 785j 1 8 7p7t 1 8 781n 1 8 7p8v 1 8 7pax 1 8 7gcf 1 8 7gcb 1 8 77vr 1 8 781d 1 8 6xqp 1 8 7lrv 1 8 77up 1 8 \
    77uj 1 8 77u9 1 8 77qx 1 8 77rl 1 8 25v7 1 8 7p61 1 8 77ih 1 8 77p1 1 8 77dp 1 8 77ax 1 8 25m3 1 8 77aj 1 8 77gr \
    1 8 7737 1 8 7p1v 1 8 770r 1 8 76vf 1 8 76rj 1 8 76h1 1 8 24r5 1 8 76eb 1 8 7ovf 1 8 76aj 1 8 23yp 1 8 767t 1 8 \
    7osn 1 8 7669 1 8 763t 1 e 762d 1 8 2383 1 8 2evt 1 8 2325 1 8 75uf 1 8 22d9 1 8 75o9 1 8 75nj 1 8 75t9 1 8 75jl \
    1 8 75hf 1 8 75eb 1 8 75hd 1 8 75f7 1 8 75ef 1 8 75dr 1 8 228f 1 8 75id 1 8 754h 1 8 7511 1 8 7oh9 1 8 74vz 1 8 \
    74w9 1 8 21kn 1 8 757t 1 8 74n5 1 8 21cz 1 8 21ad 1 8 74if 1 8 74c3 1 8 74dn 1 8 74dv 1 8 7ocf 1 8 74bd 1 8 748l \
    1 8 748z 1 8 7461 1 8 2odn 1 8 73xp 1 8 206r 1 8 73sz 1 8 1zon 1 8 73lb 1 8 73kn 1 8 73j7 1 8 1yr9 1 8 73gn 1 8 \
    73fj 1 8 1yap 1 8 1xyd 1 8 732z 1 8 7323 1 8 7ny3 1 8 730r 1 8 7nxj 1 8 7nxl 1 8 72rx 1 8 72qt 1 8 72pp 1 8 72on \
    1 8 72kv 1 8 7nsf 1 8 72fz 1 8 1wcd 1 8 72en 1 8 1w7d 1 8 72bz 1 8 2d6b 1 8 7237 1 8 1v03 1 8 1uyv 1 8 1ur5 1 8 \
    7ngj 1 8 7nfx 1 8 71qv 1 8 1uhn 1 8 1uhr 1 8 1ufn 1 8 1ue9 1 e 71ot 1 8 71ov 1 8 71mj 1 8 7ndr 1 8 71j1 1 8 7nd5 \
    1 8 7n8r 1 8 1t9b 1 8 718f 1 8 7151 1 8 711j 1 8 7n4r 1 8 1sgn 1 8 70u1 1 8 1sab 1 8 1s7z 1 8 70r1 1 8 70lz 1 8 \
    7n0x 1 8 70hd 1 8 70gv 1 8 70gn 1 8 1r5r 1 8 1qp7 1 8 1qp9 1 8 7081 1 8 7mpn 1 8 1qaz 1 8 6zw7 1 8 6zw3 1 8 7mnt \
    1 8 1pzd 1 8 6zhj 1 8 7mh9 1 8 6zgf 1 8 6zgr 1 8 6zf7 1 8 1osp 1 8 6z9t 1 8 7mc7 1 8 6z4d 1 8 6z15 1 8 6yxh 1 8 \
    7m9l 1 8 1nrn 1 8 1npz 1 8 7m7p 1 8 1nhz 1 8 6ygn 1 8 1nch 1 8 6yf9 1 8 6y9p 1 8 6y95 1 8 1mpt 1 8 1mlt 1 8 6y49 \
    1 8 1mej 1 8 6y3h 1 8 269t 1 8 7m1j 1 8 6xzz 1 8 6xvj 1 8 7lyp 1 8 6xsd 1 8 7d0h 1 8 1lmn 1 8 1llx 1 8 267f 1 8 \
    266z 1 8 6xhv 1 8 6xhr 1 8 6s4d 1 8 7ltx 1 8 6xa3 1 8 6xah 1 8 6x9j 1 8 7g71 1 8 6x8j 1 8 6x8h 1 8 6x7z 1 8 6x5r \
    1 8 1k8l 1 8 6x5x 1 8 6x2v 1 8 6wz1 1 8 6wuz 1 8 6x2p 1 8 6wu7 1 8 6wrx 1 8 6wlr 1 8 6x09 1 8 6wtp 1 8 6wtn 1 8 \
    6wst 1 8 1jvf 1 8 1jeb 1 8 1jmp 1 8 7lkn 1 8 6wdp 1 8 6wdn 1 8 6wbr 1 8 1gw1 1 8 6w7j 1 8 1ipt 1 8 7li9 1 8 7li3 \
    1 8 1iil 1 8 1i2l 1 8 7lhp 1 8 6vut 1 8 6vu7 1 8 6vtn 1 8 6vtl 1 8 6vq3 1 8 6vrz 1 8 6vkl 1 8 6vn3 1 8 6ver 1 8 \
    6vjb 1 8 6vfn 1 8 6ve7 1 8 7lcf 1 8 6v99 1 8 6v7j 1 8 7lap 1 8 6v2d 1 8 6v29 1 8 1fwb 1 8 6uvx 1 8 6uvl 1 8 7l7p \
    1 8 6uu5 1 8 7s4d 1 8 1f09 1 8 1eq3 1 8 7l0d 1 8 7kzx 1 8 6u71 1 8 6u2t 1 8 6tu5 1 8 6tix 1 8 1dg5 1 8 6te9 1 8 \
    6td3 1 8 6t85 1 8 6t33 1 8 1cgh 1 8 2njd 1 8 6syl 1 8 6szh 1 8 6swn 1 8 2n7h 1 8 6sk3 1 8 6sel 1 8 19uj 1 8 19t3 \
    1 8 6rvf 1 8 6rqb 1 8 6rol 1 8 19bh 1 8 6ro5 1 8 6r8d 1 e 6qzl 1 8 6r4r 1 8 6qjn 1 8 6qi5 1 8 17fp 1 8 6pxh 1 8 \
    7jxv 1 8 6pv5 1 8 16ur 1 8 7jtj 1 8 6pgf 1 8 7c03 1 8 6pb7 1 8 15cx 1 8 1515 1 8 7jmb 1 8 7jlx 1 8 6p0z 1 8 149t \
    1 8 7jir 1 8 1425 1 8 6oyt 1 8 6oyv 1 8 6ox9 1 8 13md 1 8 6on3 1 8 7jbz 1 8 6oj9 1 8 6ocb 1 8 6oav 1 8 6o7l 1 8 \
    7j3n 1 8 11gx 1 8 6nsf 1 8 6nbp 1 8 6n19 1 8 7ipp 1 8 7io1 1 8 6mvj 1 8 z9f 1 8 7inl 1 8 z6h 1 8 yrt 1 8 ykl 1 8 \
    6mcz 1 8 7iin 1 8 6m9n 1 8 6m9f 1 8 6m93 1 8 6m8l 1 8 6m89 1 8 6m69 1 8 x89 16 1xn 2 7 h 1 2 9 w an 2 7 h 1 2 9 \
    w 20 2 3 3u 1i 2 7 f 1 2 7 h 1 2 b y 73 2 h 12 3j 2 7 f 1 2 7 h 1 2 b y 40 2 5 j 1 2 7 j 1 2 9 c 2lk 2 1 2o 2 2 \
    1 2k 2 2 1 2g 2 2 1 2c 2 2 1 28 4 2 1 20 1a 2 3 h 1 2 3 j 1czu 2 7 h 1 2 9 w a8 2 5 h 2 2 9 8 70 2 3 h 1 2 3 j \
    112b 2 d s 1 2 d q 1 3 f q i 1 3 h q k 1 3 j q m 1 3 l q o 1 3 n q q 2f 2 3 4n 1 2 3 4p 1 3 7 4n i 1 3 7 4p i 1 \
    3 b 4n k 1 3 b 4p k
    """
