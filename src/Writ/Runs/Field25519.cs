using System.Buffers.Binary;

namespace Writ.Runs;

/// <summary>
/// An integer modulo 2^255 - 19 in five limbs of 51 bits. Results of <see cref="Times"/> have limbs below 2^52; sums
/// and differences are not carried, and every operand of a product or subtrahend in <see cref="Ed25519Verifier"/> stays
/// in the bounds below. Not constant-time: only public values are ever handled.
/// </summary>
readonly struct Field25519(ulong a0, ulong a1, ulong a2, ulong a3, ulong a4)
{
    const ulong Mask = (1UL << 51) - 1;

    // Twice the modulus, limb by limb: added before subtracting so that no limb goes below zero.
    const ulong TwoP0 = 0xFFFFFFFFFFFDA;
    const ulong TwoP = 0xFFFFFFFFFFFFE;

    readonly ulong _0 = a0;
    readonly ulong _1 = a1;
    readonly ulong _2 = a2;
    readonly ulong _3 = a3;
    readonly ulong _4 = a4;

    internal static Field25519 Zero => default;

    internal static Field25519 One => new(1, 0, 0, 0, 0);

    /// <summary>Reads 32 little-endian bytes, ignoring the top bit.</summary>
    internal static Field25519 FromBytes(ReadOnlySpan<byte> bytes)
    {
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new Field25519(
            w0 & Mask,
            ((w0 >> 51) | (w1 << 13)) & Mask,
            ((w1 >> 38) | (w2 << 26)) & Mask,
            ((w2 >> 25) | (w3 << 39)) & Mask,
            (w3 >> 12) & Mask);
    }

    /// <summary>The one canonical encoding.</summary>
    internal byte[] ToBytes()
    {
        unchecked
        {
            var r = Carried().Carried();
            // q is 1 exactly when the value is not below the modulus.
            var q = (r._0 + 19) >> 51;
            q = (r._1 + q) >> 51;
            q = (r._2 + q) >> 51;
            q = (r._3 + q) >> 51;
            q = (r._4 + q) >> 51;
            var t0 = r._0 + (19 * q);
            var t1 = r._1 + (t0 >> 51);
            var t2 = r._2 + (t1 >> 51);
            var t3 = r._3 + (t2 >> 51);
            var t4 = r._4 + (t3 >> 51);
            (t0, t1, t2, t3, t4) = (t0 & Mask, t1 & Mask, t2 & Mask, t3 & Mask, t4 & Mask);
            var bytes = new byte[32];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, t0 | (t1 << 51));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), (t1 >> 13) | (t2 << 38));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), (t2 >> 26) | (t3 << 25));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), (t3 >> 39) | (t4 << 12));
            return bytes;
        }
    }

    internal bool IsZero => ToBytes().AsSpan().IndexOfAnyExcept((byte)0) < 0;

    internal bool IsOdd => (ToBytes()[0] & 1) == 1;

    internal Field25519 Plus(in Field25519 o) =>
        new(_0 + o._0, _1 + o._1, _2 + o._2, _3 + o._3, _4 + o._4);

    /// <summary>The subtrahend must have limbs below 2^52 - 38, as every product has.</summary>
    internal Field25519 Minus(in Field25519 o) =>
        new(_0 + TwoP0 - o._0, _1 + TwoP - o._1, _2 + TwoP - o._2, _3 + TwoP - o._3, _4 + TwoP - o._4);

    internal Field25519 Negated() => Zero.Minus(this);

    internal Field25519 Squared() => Times(this);

    internal Field25519 Times(in Field25519 o)
    {
        unchecked
        {
            var b1 = 19 * o._1;
            var b2 = 19 * o._2;
            var b3 = 19 * o._3;
            var b4 = 19 * o._4;
            var (c0, c1, c2, c3, c4) = (new Wide(), new Wide(), new Wide(), new Wide(), new Wide());
            c0.Add(_0, o._0); c0.Add(_1, b4); c0.Add(_2, b3); c0.Add(_3, b2); c0.Add(_4, b1);
            c1.Add(_0, o._1); c1.Add(_1, o._0); c1.Add(_2, b4); c1.Add(_3, b3); c1.Add(_4, b2);
            c2.Add(_0, o._2); c2.Add(_1, o._1); c2.Add(_2, o._0); c2.Add(_3, b4); c2.Add(_4, b3);
            c3.Add(_0, o._3); c3.Add(_1, o._2); c3.Add(_2, o._1); c3.Add(_3, o._0); c3.Add(_4, b4);
            c4.Add(_0, o._4); c4.Add(_1, o._3); c4.Add(_2, o._2); c4.Add(_3, o._1); c4.Add(_4, o._0);
            c1.Add(c0.Carry);
            c2.Add(c1.Carry);
            c3.Add(c2.Carry);
            c4.Add(c3.Carry);
            var r0 = (c0.Low & Mask) + (19 * c4.Carry);
            var r1 = (c1.Low & Mask) + (r0 >> 51);
            return new Field25519(r0 & Mask, r1, c2.Low & Mask, c3.Low & Mask, c4.Low & Mask);
        }
    }

    /// <summary>This value to a power given as 32 little-endian bytes.</summary>
    internal Field25519 Power(ReadOnlySpan<byte> exponent)
    {
        var result = One;
        for (var bit = 254; bit >= 0; bit--)
        {
            result = result.Squared();
            if ((exponent[bit >> 3] >> (bit & 7) & 1) == 1)
                result = result.Times(this);
        }
        return result;
    }

    Field25519 Carried()
    {
        var r1 = _1 + (_0 >> 51);
        var r2 = _2 + (r1 >> 51);
        var r3 = _3 + (r2 >> 51);
        var r4 = _4 + (r3 >> 51);
        return new Field25519(
            (_0 & Mask) + (19 * (r4 >> 51)), r1 & Mask, r2 & Mask, r3 & Mask, r4 & Mask);
    }

    /// <summary>A 128-bit sum of products.</summary>
    struct Wide
    {
        ulong _high;

        internal ulong Low { get; private set; }

        internal readonly ulong Carry => unchecked((_high << 13) | (Low >> 51));

        internal void Add(ulong x, ulong y)
        {
            var high = Math.BigMul(x, y, out var low);
            Add(low);
            _high += high;
        }

        internal void Add(ulong value)
        {
            unchecked
            {
                Low += value;
                _high += Low < value ? 1UL : 0UL;
            }
        }
    }
}
