using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Writ.Runs;

/// <summary>
/// An integer modulo 2^255 - 19 in ten limbs of 26 and 25 bits by turns, so that every product of two limbs fits into a
/// register: programs compiled ahead for every processor have no fast way to a product of 128 bits. Results of
/// <see cref="Times"/> have limbs below 2^26, and below 2^25 + 2^17 by turns; sums and differences are not carried. A
/// factor is at most a sum of three such results and a difference, which <see cref="Ed25519Verifier"/> keeps to: then
/// no column of a product reaches 2^64. Not constant-time: only public values are ever handled.
/// </summary>
readonly struct Field25519(
    uint a0, uint a1, uint a2, uint a3, uint a4, uint a5, uint a6, uint a7, uint a8, uint a9)
{
    const uint Even = (1 << 26) - 1;
    const uint Odd = (1 << 25) - 1;

    // Twice the modulus, limb by limb: added before subtracting so that no limb goes below zero.
    const uint TwoP0 = 2 * (Even - 18);
    const uint TwoPEven = 2 * Even;
    const uint TwoPOdd = 2 * Odd;

    readonly uint _0 = a0;
    readonly uint _1 = a1;
    readonly uint _2 = a2;
    readonly uint _3 = a3;
    readonly uint _4 = a4;
    readonly uint _5 = a5;
    readonly uint _6 = a6;
    readonly uint _7 = a7;
    readonly uint _8 = a8;
    readonly uint _9 = a9;

    internal static Field25519 Zero => default;

    internal static Field25519 One => new(1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Reads 32 little-endian bytes, ignoring the top bit.</summary>
    internal static Field25519 FromBytes(ReadOnlySpan<byte> bytes)
    {
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new Field25519(
            (uint)(w0 & Even),
            (uint)((w0 >> 26) & Odd),
            (uint)(((w0 >> 51) | (w1 << 13)) & Even),
            (uint)((w1 >> 13) & Odd),
            (uint)(w1 >> 38),
            (uint)(w2 & Odd),
            (uint)((w2 >> 25) & Even),
            (uint)(((w2 >> 51) | (w3 << 13)) & Odd),
            (uint)((w3 >> 12) & Even),
            (uint)((w3 >> 38) & Odd));
    }

    /// <summary>The one canonical encoding.</summary>
    internal byte[] ToBytes()
    {
        var r = Carried(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9);
        r = Carried(r._0, r._1, r._2, r._3, r._4, r._5, r._6, r._7, r._8, r._9);
        // The top bit of this sum is set exactly when the value is not below the modulus; then it is taken off.
        var q = (r._0 + 19) >> 26;
        q = (r._1 + q) >> 25;
        q = (r._2 + q) >> 26;
        q = (r._3 + q) >> 25;
        q = (r._4 + q) >> 26;
        q = (r._5 + q) >> 25;
        q = (r._6 + q) >> 26;
        q = (r._7 + q) >> 25;
        q = (r._8 + q) >> 26;
        q = (r._9 + q) >> 25;
        var t0 = r._0 + (19 * q);
        var t1 = r._1 + (t0 >> 26);
        var t2 = r._2 + (t1 >> 25);
        var t3 = r._3 + (t2 >> 26);
        var t4 = r._4 + (t3 >> 25);
        var t5 = r._5 + (t4 >> 26);
        var t6 = r._6 + (t5 >> 25);
        var t7 = r._7 + (t6 >> 26);
        var t8 = r._8 + (t7 >> 25);
        var t9 = r._9 + (t8 >> 26);
        ulong e0 = t0 & Even, o1 = t1 & Odd, e2 = t2 & Even, o3 = t3 & Odd, e4 = t4 & Even;
        ulong o5 = t5 & Odd, e6 = t6 & Even, o7 = t7 & Odd, e8 = t8 & Even, o9 = t9 & Odd;
        var bytes = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, e0 | (o1 << 26) | (e2 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), (e2 >> 13) | (o3 << 13) | (e4 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), o5 | (e6 << 25) | (o7 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), (o7 >> 13) | (e8 << 12) | (o9 << 38));
        return bytes;
    }

    internal bool IsZero => ToBytes().AsSpan().IndexOfAnyExcept((byte)0) < 0;

    internal bool IsOdd => (ToBytes()[0] & 1) == 1;

    internal Field25519 Plus(in Field25519 o) => new(
        _0 + o._0, _1 + o._1, _2 + o._2, _3 + o._3, _4 + o._4, _5 + o._5, _6 + o._6, _7 + o._7, _8 + o._8, _9 + o._9);

    /// <summary>The subtrahend is a result of <see cref="Times"/>, or as small.</summary>
    internal Field25519 Minus(in Field25519 o) => new(
        _0 + TwoP0 - o._0, _1 + TwoPOdd - o._1, _2 + TwoPEven - o._2, _3 + TwoPOdd - o._3, _4 + TwoPEven - o._4,
        _5 + TwoPOdd - o._5, _6 + TwoPEven - o._6, _7 + TwoPOdd - o._7, _8 + TwoPEven - o._8, _9 + TwoPOdd - o._9);

    internal Field25519 Negated() => Zero.Minus(this);

    // Column k sums the products of the limbs i and j with i + j = k, and nineteen times those with i + j = k + 10; the
    // product of two odd limbs stands one bit lower than its column, so it counts twice. d is twice a, n nineteen b.
    internal Field25519 Times(in Field25519 o)
    {
        unchecked
        {
            ulong a0 = _0, a1 = _1, a2 = _2, a3 = _3, a4 = _4, a5 = _5, a6 = _6, a7 = _7, a8 = _8, a9 = _9;
            ulong b0 = o._0, b1 = o._1, b2 = o._2, b3 = o._3, b4 = o._4;
            ulong b5 = o._5, b6 = o._6, b7 = o._7, b8 = o._8, b9 = o._9;
            ulong d1 = 2 * a1, d3 = 2 * a3, d5 = 2 * a5, d7 = 2 * a7, d9 = 2 * a9;
            ulong n1 = 19 * b1, n2 = 19 * b2, n3 = 19 * b3, n4 = 19 * b4, n5 = 19 * b5;
            ulong n6 = 19 * b6, n7 = 19 * b7, n8 = 19 * b8, n9 = 19 * b9;
            var c0 = (a0 * b0) + (d1 * n9) + (a2 * n8) + (d3 * n7) + (a4 * n6) + (d5 * n5)
                + (a6 * n4) + (d7 * n3) + (a8 * n2) + (d9 * n1);
            var c1 = (a0 * b1) + (a1 * b0) + (a2 * n9) + (a3 * n8) + (a4 * n7) + (a5 * n6)
                + (a6 * n5) + (a7 * n4) + (a8 * n3) + (a9 * n2);
            var c2 = (a0 * b2) + (d1 * b1) + (a2 * b0) + (d3 * n9) + (a4 * n8) + (d5 * n7)
                + (a6 * n6) + (d7 * n5) + (a8 * n4) + (d9 * n3);
            var c3 = (a0 * b3) + (a1 * b2) + (a2 * b1) + (a3 * b0) + (a4 * n9) + (a5 * n8)
                + (a6 * n7) + (a7 * n6) + (a8 * n5) + (a9 * n4);
            var c4 = (a0 * b4) + (d1 * b3) + (a2 * b2) + (d3 * b1) + (a4 * b0) + (d5 * n9)
                + (a6 * n8) + (d7 * n7) + (a8 * n6) + (d9 * n5);
            var c5 = (a0 * b5) + (a1 * b4) + (a2 * b3) + (a3 * b2) + (a4 * b1) + (a5 * b0)
                + (a6 * n9) + (a7 * n8) + (a8 * n7) + (a9 * n6);
            var c6 = (a0 * b6) + (d1 * b5) + (a2 * b4) + (d3 * b3) + (a4 * b2) + (d5 * b1)
                + (a6 * b0) + (d7 * n9) + (a8 * n8) + (d9 * n7);
            var c7 = (a0 * b7) + (a1 * b6) + (a2 * b5) + (a3 * b4) + (a4 * b3) + (a5 * b2)
                + (a6 * b1) + (a7 * b0) + (a8 * n9) + (a9 * n8);
            var c8 = (a0 * b8) + (d1 * b7) + (a2 * b6) + (d3 * b5) + (a4 * b4) + (d5 * b3)
                + (a6 * b2) + (d7 * b1) + (a8 * b0) + (d9 * n9);
            var c9 = (a0 * b9) + (a1 * b8) + (a2 * b7) + (a3 * b6) + (a4 * b5) + (a5 * b4)
                + (a6 * b3) + (a7 * b2) + (a8 * b1) + (a9 * b0);
            return Carried(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
        }
    }

    // As Times, with the two equal products of each pair of limbs taken together: q is four times a.
    internal Field25519 Squared()
    {
        unchecked
        {
            ulong a0 = _0, a1 = _1, a2 = _2, a3 = _3, a4 = _4, a5 = _5, a6 = _6, a7 = _7, a8 = _8, a9 = _9;
            ulong d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, d4 = 2 * a4;
            ulong d5 = 2 * a5, d6 = 2 * a6, d7 = 2 * a7, d8 = 2 * a8, d9 = 2 * a9;
            ulong q1 = 4 * a1, q3 = 4 * a3, q5 = 4 * a5, q7 = 4 * a7;
            ulong n5 = 19 * a5, n6 = 19 * a6, n7 = 19 * a7, n8 = 19 * a8, n9 = 19 * a9;
            var c0 = (a0 * a0) + (q1 * n9) + (d2 * n8) + (q3 * n7) + (d4 * n6) + (d5 * n5);
            var c1 = (d0 * a1) + (d2 * n9) + (d3 * n8) + (d4 * n7) + (d5 * n6);
            var c2 = (d0 * a2) + (d1 * a1) + (q3 * n9) + (d4 * n8) + (q5 * n7) + (a6 * n6);
            var c3 = (d0 * a3) + (d1 * a2) + (d4 * n9) + (d5 * n8) + (d6 * n7);
            var c4 = (d0 * a4) + (q1 * a3) + (a2 * a2) + (q5 * n9) + (d6 * n8) + (d7 * n7);
            var c5 = (d0 * a5) + (d1 * a4) + (d2 * a3) + (d6 * n9) + (d7 * n8);
            var c6 = (d0 * a6) + (q1 * a5) + (d2 * a4) + (d3 * a3) + (q7 * n9) + (a8 * n8);
            var c7 = (d0 * a7) + (d1 * a6) + (d2 * a5) + (d3 * a4) + (d8 * n9);
            var c8 = (d0 * a8) + (q1 * a7) + (d2 * a6) + (q3 * a5) + (a4 * a4) + (d9 * n9);
            var c9 = (d0 * a9) + (d1 * a8) + (d2 * a7) + (d3 * a6) + (d4 * a5);
            return Carried(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9);
        }
    }

    /// <summary>This value to the power of p - 2, 2^255 - 21: its inverse, or nought.</summary>
    internal Field25519 Inverted() => Power250(out var eleventh).Squared(5).Times(eleventh);

    /// <summary>This value to the power of (p - 5) / 8, 2^252 - 3: the better part of a square root.</summary>
    internal Field25519 RootPower() => Power250(out _).Squared(2).Times(this);

    // To the power of 2^250 - 1, all ones, by doubling how many ones there are.
    Field25519 Power250(out Field25519 eleventh)
    {
        var second = Squared();
        var ninth = second.Squared(2).Times(this);
        eleventh = ninth.Times(second);
        var ones5 = eleventh.Squared().Times(ninth);
        var ones10 = ones5.Squared(5).Times(ones5);
        var ones20 = ones10.Squared(10).Times(ones10);
        var ones40 = ones20.Squared(20).Times(ones20);
        var ones50 = ones40.Squared(10).Times(ones10);
        var ones100 = ones50.Squared(50).Times(ones50);
        return ones100.Squared(100).Times(ones100).Squared(50).Times(ones50);
    }

    Field25519 Squared(int times)
    {
        var result = this;
        for (var i = 0; i < times; i++)
            result = result.Squared();
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Field25519 Carried(
        ulong c0, ulong c1, ulong c2, ulong c3, ulong c4, ulong c5, ulong c6, ulong c7, ulong c8, ulong c9)
    {
        unchecked
        {
            c1 += c0 >> 26;
            c2 += c1 >> 25;
            c3 += c2 >> 26;
            c4 += c3 >> 25;
            c5 += c4 >> 26;
            c6 += c5 >> 25;
            c7 += c6 >> 26;
            c8 += c7 >> 25;
            c9 += c8 >> 26;
            // What is beyond 2^255 comes in again at the bottom, nineteen times.
            c0 = (c0 & Even) + (19 * (c9 >> 25));
            c1 = (c1 & Odd) + (c0 >> 26);
            return new Field25519(
                (uint)c0 & Even, (uint)c1, (uint)c2 & Even, (uint)c3 & Odd, (uint)c4 & Even,
                (uint)c5 & Odd, (uint)c6 & Even, (uint)c7 & Odd, (uint)c8 & Even, (uint)c9 & Odd);
        }
    }
}
