namespace Writ.Cedar.Tests;

public sealed class RecordShapeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(30)]
    public void A_record_of_a_shape_is_the_record_of_the_same_fields(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"name{i}").ToArray();
        var values = names.Select(Value (name) => new CedarString(name)).ToArray();
        var builder = new RecordBuilder();
        for (var i = 0; i < count; i++)
            builder.Add(names[i], values[i]);
        var (built, shaped) = (builder.Build(), new RecordShape(names).Of(values));
        Assert.Equal(built, shaped);
        Assert.Equal(built.GetHashCode(), shaped.GetHashCode());
        Assert.Equal(built.ToString(), shaped.ToString());
        foreach (var name in names)
            Assert.True(shaped.TryGet(name, out var value) && ((CedarString)value).Value == name);
        Assert.False(shaped.TryGet("other", out _));
    }

    [Fact]
    public void A_shape_takes_exactly_its_values()
    {
        var shape = new RecordShape("a", "b");
        Assert.Throws<ArgumentException>(() => shape.Of(CedarBool.True));
        Assert.Throws<ArgumentException>(() => shape.Of(CedarBool.True, CedarBool.True, CedarBool.True));
        Assert.Throws<ArgumentException>(() => new RecordShape("a", "a"));
    }
}
