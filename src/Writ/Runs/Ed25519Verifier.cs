using System.Buffers.Binary;

namespace Writ.Runs;

/// <summary>
/// Ed25519 verification (RFC 8032, section 5.1.7, without cofactor, as OpenSSL and Go verify) in managed code, because
/// loading a cryptography library costs the launcher more than everything else it does. Verification only: no secret
/// is ever here. Held to the RFC's vectors and to OpenSSL, signature by signature, by tests.
/// </summary>
public static class Ed25519Verifier
{
    public const int PublicKeyBytes = 32;
    public const int SignatureBytes = 64;

    static ReadOnlySpan<byte> D =>
    [
        0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
        0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
    ];

    static ReadOnlySpan<byte> SquareRootOfMinusOne =>
    [
        0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f,
        0xa7, 0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
    ];

    static ReadOnlySpan<byte> BaseX =>
    [
        0x1a, 0xd5, 0x25, 0x8f, 0x60, 0x2d, 0x56, 0xc9, 0xb2, 0xa7, 0x25, 0x95, 0x60, 0xc7, 0x2c, 0x69,
        0x5c, 0xdc, 0xd6, 0xfd, 0x31, 0xe2, 0xa4, 0xc0, 0xfe, 0x53, 0x6e, 0xcd, 0xd3, 0x36, 0x69, 0x21,
    ];

    static ReadOnlySpan<byte> BaseY =>
    [
        0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    ];

    // The order of the base point, little-endian words.
    static ReadOnlySpan<ulong> Order => [0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000];

    // p - 2 and (p - 5) / 8 as exponents.
    static ReadOnlySpan<byte> InverseExponent =>
    [
        0xeb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ];

    static ReadOnlySpan<byte> RootExponent =>
    [
        0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f,
    ];

    /// <summary>Whether this key signed this message. Every malformed input is a no.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeyBytes || signature.Length != SignatureBytes)
            return false;
        if (!IsBelowOrder(signature[32..]) || Decompress(publicKey) is not { } key)
            return false;
        var hashed = new byte[64 + message.Length];
        signature[..32].CopyTo(hashed);
        publicKey.CopyTo(hashed.AsSpan(32));
        message.CopyTo(hashed.AsSpan(64));
        var challenge = ReduceModuloOrder(Sha512.HashOf(hashed));
        var expected = Combine(signature[32..], challenge, key.Negated()).Encode();
        return expected.AsSpan().SequenceEqual(signature[..32]);
    }

    // s*B + k*A, both scalars walked together from the top bit.
    static Point Combine(ReadOnlySpan<byte> s, ReadOnlySpan<byte> k, in Point a)
    {
        var b = Point.Of(Field25519.FromBytes(BaseX), Field25519.FromBytes(BaseY));
        var both = a.Plus(b);
        var sum = Point.Neutral;
        for (var bit = 252; bit >= 0; bit--)
        {
            sum = sum.Doubled();
            var choice = Bit(s, bit) | (Bit(k, bit) << 1);
            if (choice == 1)
                sum = sum.Plus(b);
            else if (choice == 2)
                sum = sum.Plus(a);
            else if (choice == 3)
                sum = sum.Plus(both);
        }
        return sum;
    }

    static int Bit(ReadOnlySpan<byte> scalar, int index) => scalar[index >> 3] >> (index & 7) & 1;

    static bool IsBelowOrder(ReadOnlySpan<byte> scalar)
    {
        for (var i = 3; i >= 0; i--)
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(scalar[(8 * i)..]);
            if (word != Order[i])
                return word < Order[i];
        }
        return false;
    }

    // Long division by shifting one bit in at a time: the remainder never reaches twice the order.
    static byte[] ReduceModuloOrder(ReadOnlySpan<byte> wide)
    {
        Span<ulong> rest = stackalloc ulong[4];
        rest.Clear();
        Span<ulong> less = stackalloc ulong[4];
        for (var bit = (8 * wide.Length) - 1; bit >= 0; bit--)
        {
            var carry = (ulong)Bit(wide, bit);
            for (var i = 0; i < 4; i++)
                (rest[i], carry) = ((rest[i] << 1) | carry, rest[i] >> 63);
            ulong borrow = 0;
            for (var i = 0; i < 4; i++)
            {
                var difference = unchecked((UInt128)rest[i] - Order[i] - borrow);
                less[i] = unchecked((ulong)difference);
                borrow = (ulong)(difference >> 127);
            }
            if (borrow == 0)
                less.CopyTo(rest);
        }
        var bytes = new byte[32];
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), rest[i]);
        return bytes;
    }

    static Point? Decompress(ReadOnlySpan<byte> encoded)
    {
        var y = Field25519.FromBytes(encoded);
        var canonical = y.ToBytes();
        canonical[31] |= (byte)(encoded[31] & 0x80);
        if (!encoded.SequenceEqual(canonical))
            return null;
        var square = y.Squared();
        var u = square.Minus(Field25519.One);
        var v = square.Times(Field25519.FromBytes(D)).Plus(Field25519.One);
        var v3 = v.Squared().Times(v);
        var x = u.Times(v3).Times(u.Times(v3.Squared().Times(v)).Power(RootExponent));
        var check = v.Times(x.Squared());
        var reducedU = u.Times(Field25519.One);
        if (!check.Minus(reducedU).IsZero)
        {
            if (!check.Plus(reducedU).IsZero)
                return null;
            x = x.Times(Field25519.FromBytes(SquareRootOfMinusOne));
        }
        var wantsOdd = (encoded[31] & 0x80) != 0;
        if (x.IsZero && wantsOdd)
            return null;
        return Point.Of(x.IsOdd == wantsOdd ? x : x.Negated().Times(Field25519.One), y);
    }

    /// <summary>A point in extended coordinates: x = X/Z, y = Y/Z, T = XY/Z.</summary>
    readonly struct Point(in Field25519 x, in Field25519 y, in Field25519 z, in Field25519 t)
    {
        readonly Field25519 _x = x;
        readonly Field25519 _y = y;
        readonly Field25519 _z = z;
        readonly Field25519 _t = t;

        internal static Point Neutral => new(Field25519.Zero, Field25519.One, Field25519.One, Field25519.Zero);

        internal static Point Of(in Field25519 x, in Field25519 y) => new(x, y, Field25519.One, x.Times(y));

        internal Point Negated() =>
            new(_x.Negated().Times(Field25519.One), _y, _z, _t.Negated().Times(Field25519.One));

        internal Point Plus(in Point o)
        {
            var d = Field25519.FromBytes(D);
            var a = _y.Minus(_x).Times(o._y.Minus(o._x));
            var b = _y.Plus(_x).Times(o._y.Plus(o._x));
            var c = _t.Times(d.Plus(d)).Times(o._t);
            var zz = _z.Times(o._z);
            return Complete(b.Minus(a), zz.Plus(zz).Minus(c), zz.Plus(zz).Plus(c), b.Plus(a));
        }

        internal Point Doubled()
        {
            var a = _x.Squared();
            var b = _y.Squared();
            var zz = _z.Squared();
            var h = a.Plus(b);
            var g = a.Minus(b);
            return Complete(h.Minus(_x.Plus(_y).Squared()), zz.Plus(zz).Plus(g), g, h);
        }

        internal byte[] Encode()
        {
            var inverse = _z.Power(InverseExponent);
            var bytes = _y.Times(inverse).ToBytes();
            bytes[31] |= (byte)(_x.Times(inverse).IsOdd ? 0x80 : 0);
            return bytes;
        }

        static Point Complete(in Field25519 e, in Field25519 f, in Field25519 g, in Field25519 h) =>
            new(e.Times(f), g.Times(h), f.Times(g), e.Times(h));
    }
}
