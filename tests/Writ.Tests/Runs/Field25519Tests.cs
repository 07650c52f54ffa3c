using System.Numerics;
using Writ.Runs;

namespace Writ.Tests.Runs;

/// <summary>The field under Ed25519, beside integers of any length.</summary>
public sealed class Field25519Tests
{
    const int Seed = 25519;

    static readonly BigInteger _modulus = BigInteger.Pow(2, 255) - 19;

    // Limbs that are full or empty, values around the modulus, and what nothing but chance has in common.
    static IEnumerable<BigInteger> Values()
    {
        var random = new Random(Seed);
        for (var small = 0; small < 3; small++)
        {
            yield return small;
            yield return _modulus - small;
            yield return _modulus + small;
        }
        yield return BigInteger.Pow(2, 255) - 1;
        for (var bit = 24; bit < 255; bit += 1 + random.Next(9))
        {
            yield return BigInteger.Pow(2, bit) - 1;
            yield return BigInteger.Pow(2, 255) - BigInteger.Pow(2, bit);
        }
        var bytes = new byte[33];
        for (var i = 0; i < 60; i++)
        {
            random.NextBytes(bytes.AsSpan(0, 32));
            bytes[31] &= 0x7f;
            yield return new BigInteger(bytes);
        }
    }

    [Fact]
    public void Sums_differences_products_and_squares_are_those_of_integers()
    {
        foreach (var x in Values())
        {
            var a = Field(x);
            Assert.Equal(Reduced(x), Integer(a));
            Assert.Equal(Reduced(-x), Integer(a.Negated()));
            Assert.Equal(Reduced(x * x), Integer(a.Squared()));
            foreach (var y in Values())
            {
                var b = Field(y);
                Assert.Equal(Reduced(x + y), Integer(a.Plus(b)));
                Assert.Equal(Reduced(x - y), Integer(a.Minus(b)));
                Assert.Equal(Reduced(x * y), Integer(a.Times(b)));
            }
        }
    }

    // Three results and a difference is the most that the formulas of the curve put into a factor.
    [Fact]
    public void The_largest_factors_that_there_are_do_not_overflow()
    {
        var all = BigInteger.Pow(2, 255) - 1;
        var full = Field(all);
        var most = full.Plus(full).Plus(full).Minus(Field25519.Zero);
        Assert.Equal(Reduced(9 * all * all), Integer(most.Squared()));
        Assert.Equal(Reduced(9 * all * all), Integer(most.Times(full.Plus(full).Plus(full))));
    }

    [Fact]
    public void The_two_powers_are_those_of_integers()
    {
        foreach (var x in Values())
        {
            Assert.Equal(BigInteger.ModPow(x, _modulus - 2, _modulus), Integer(Field(x).Inverted()));
            Assert.Equal(BigInteger.ModPow(x, (_modulus - 5) / 8, _modulus), Integer(Field(x).RootPower()));
        }
    }

    static Field25519 Field(BigInteger value) => Field25519.FromBytes(Bytes(value));

    static BigInteger Integer(Field25519 field) => new(field.ToBytes(), isUnsigned: true);

    static BigInteger Reduced(BigInteger value) => ((value % _modulus) + _modulus) % _modulus;

    static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        Assert.True(value.TryWriteBytes(bytes, out _, isUnsigned: true));
        return bytes;
    }
}
