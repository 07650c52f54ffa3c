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

    /// <summary>Whether this key signed this message. Every malformed input is a no.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Key.Read(publicKey) is { } key && key.Signed(message, signature);

    /// <summary>A public key with what verifying takes of it alone, which is a third of the work.</summary>
    internal sealed class Key
    {
        static readonly Multiples _base = new(Point.Of(Field25519.FromBytes(BaseX), Field25519.FromBytes(BaseY)));

        readonly byte[] _encoded;
        readonly Multiples _negated;

        Key(byte[] encoded, in Point point) => (_encoded, _negated) = (encoded, new Multiples(point.Negated()));

        /// <summary>Null for anything but the one encoding of a point.</summary>
        internal static Key? Read(ReadOnlySpan<byte> encoded) =>
            encoded.Length == PublicKeyBytes && Decompress(encoded) is { } point ? new Key(encoded.ToArray(), point)
            : null;

        /// <summary>Whether it signed this message. Every malformed signature is a no.</summary>
        internal bool Signed(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            if (signature.Length != SignatureBytes || !IsBelowOrder(signature[32..]))
                return false;
            var hashed = new byte[64 + message.Length];
            signature[..32].CopyTo(hashed);
            _encoded.CopyTo(hashed.AsSpan(32));
            message.CopyTo(hashed.AsSpan(64));
            var challenge = ReduceModuloOrder(Sha512.HashOf(hashed));
            var expected = Combine(signature[32..], challenge).Encode();
            return expected.AsSpan().SequenceEqual(signature[..32]);
        }

        // s*B - k*A, both scalars walked together from the top, four bits at a time.
        Point Combine(ReadOnlySpan<byte> s, ReadOnlySpan<byte> k)
        {
            var sum = Point.Neutral;
            for (var at = 63; at >= 0; at--)
            {
                for (var i = 0; i < 4; i++)
                    sum = sum.Doubled(thenAdded: i == 3);
                sum = _negated.Plus(sum, Four(k, at));
                sum = _base.Plus(sum, Four(s, at));
            }
            return sum;
        }

        static int Four(ReadOnlySpan<byte> scalar, int at) => scalar[at >> 1] >> (4 * (at & 1)) & 15;
    }

    /// <summary>A point taken once to fifteen times, ready to be added.</summary>
    sealed class Multiples
    {
        readonly Addend[] _times = new Addend[16];

        internal Multiples(in Point point)
        {
            var multiple = point;
            _times[1] = new Addend(point);
            for (var i = 2; i < 16; i++)
                _times[i] = new Addend(multiple = multiple.Plus(_times[1]));
        }

        internal Point Plus(in Point sum, int times) => times == 0 ? sum : sum.Plus(_times[times]);
    }

    /// <summary>Of a point what adding it to another takes: Y + X, Y - X, 2Z and 2dT.</summary>
    readonly struct Addend(in Point point)
    {
        internal readonly Field25519 Sum = point.Y.Plus(point.X);
        internal readonly Field25519 Difference = point.Y.Minus(point.X);
        internal readonly Field25519 Z2 = point.Z.Plus(point.Z);
        internal readonly Field25519 T2d = point.T.Times(Field25519.FromBytes(D).Plus(Field25519.FromBytes(D)));
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
        var x = u.Times(v3).Times(u.Times(v3.Squared().Times(v)).RootPower());
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
        internal readonly Field25519 X = x;
        internal readonly Field25519 Y = y;
        internal readonly Field25519 Z = z;
        internal readonly Field25519 T = t;

        internal static Point Neutral => new(Field25519.Zero, Field25519.One, Field25519.One, Field25519.Zero);

        internal static Point Of(in Field25519 x, in Field25519 y) => new(x, y, Field25519.One, x.Times(y));

        internal Point Negated() =>
            new(X.Negated().Times(Field25519.One), Y, Z, T.Negated().Times(Field25519.One));

        internal Point Plus(in Addend o)
        {
            var a = Y.Minus(X).Times(o.Difference);
            var b = Y.Plus(X).Times(o.Sum);
            var c = T.Times(o.T2d);
            var d = Z.Times(o.Z2);
            return Complete(b.Minus(a), d.Minus(c), d.Plus(c), b.Plus(a), withT: true);
        }

        /// <param name="thenAdded">Whether something is added next; only that takes T.</param>
        internal Point Doubled(bool thenAdded)
        {
            var a = X.Squared();
            var b = Y.Squared();
            var zz = Z.Squared();
            var h = a.Plus(b);
            var g = a.Minus(b);
            return Complete(h.Minus(X.Plus(Y).Squared()), zz.Plus(zz).Plus(g), g, h, thenAdded);
        }

        internal byte[] Encode()
        {
            var inverse = Z.Inverted();
            var bytes = Y.Times(inverse).ToBytes();
            bytes[31] |= (byte)(X.Times(inverse).IsOdd ? 0x80 : 0);
            return bytes;
        }

        static Point Complete(
            in Field25519 e, in Field25519 f, in Field25519 g, in Field25519 h, bool withT) =>
            new(e.Times(f), g.Times(h), f.Times(g), withT ? e.Times(h) : default);
    }
}
