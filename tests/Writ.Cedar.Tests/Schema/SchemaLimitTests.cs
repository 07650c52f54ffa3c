using System.Text;
using Writ.Testing;

namespace Writ.Cedar.Tests.Schema;

/// <summary>Small texts that would be large in memory, deep on the stack, or endless.</summary>
public sealed class SchemaLimitTests
{
    [Theory]
    [InlineData(1_000)]
    [InlineData(50_000)]
    public void Thousand_fold_nesting_is_refused(int depth)
    {
        AssertLimit("type A = " + Repeat("Set<", depth) + "Long" + Repeat(">", depth) + ";", "cedar.limit.depth");
        AssertLimit("type A = " + Repeat("{a: ", depth) + "Long" + Repeat("}", depth) + ";", "cedar.limit.depth");
        AssertLimit("entity A " + Repeat("{a: ", depth) + "Long" + Repeat("}", depth) + ";", "cedar.limit.depth");
        var json = "{\"\":{\"entityTypes\":{},\"actions\":{},\"commonTypes\":{\"A\":" + Repeat(
            "{\"type\":\"Set\",\"element\":", depth) + "{\"type\":\"Long\"}" + Repeat("}", depth) + "}}}";
        Assert.Equal("cedar.json", SchemaDocument.ParseJson(json).Errors[0].Code);
    }

    [Fact]
    public void Nesting_within_the_limit_is_resolved()
    {
        string Nested(int depth) => "entity A { a: " + Repeat("Set<", depth) + "Long" + Repeat(">", depth) + "};";
        Assert.True(CedarSchema.ParseText(Nested(CedarLimits.TypeDepthMax - 2)).Succeeded);
        AssertLimit(Nested(CedarLimits.TypeDepthMax - 1), "cedar.limit.schema");
        var json = SchemaDocument.ParseText(Nested(CedarLimits.TypeDepthMax - 2)).Value.ToJson().Value;
        Assert.True(CedarSchema.ParseJson(json).Succeeded);
    }

    [Fact]
    public void A_type_that_doubles_with_each_name_is_refused_before_it_is_written_out()
    {
        var text = new StringBuilder("type T0 = Long;");
        for (var i = 1; i < 60; i++)
            text.Append(FormattableString.Invariant($"type T{i} = {{a: T{i - 1}, b: T{i - 1}}};"));
        AssertLimit(text.ToString(), "cedar.limit.schema");
    }

    [Fact]
    public void A_long_chain_of_common_types_costs_no_stack()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 30_000; i++)
            text.Append(FormattableString.Invariant($"type T{i} = T{i + 1};"));
        text.Append("type T30000 = Long; entity A { a: T0 };");
        Assert.Equal("{a: Long}", $"{CedarSchema.ParseText(text.ToString()).Value.EntityTypes[0].Shape}");
        text.Append("type X = Y; type Y = X;");
        AssertLimit(text.ToString(), "cedar.schema.cycle");
    }

    [Fact]
    public void What_is_declared_for_many_names_at_once_is_not_written_out_without_end()
    {
        var attributes = string.Join(", ", Enumerable.Range(0, 2_000).Select(i => $"a{i}: Long"));
        var text = $"entity {string.Join(", ", Enumerable.Range(0, 9_000).Select(i => $"E{i}"))} = {{{attributes}}};";
        AssertLimit(text, "cedar.limit.schema");
        Assert.Equal("cedar.limit.source", SchemaDocument.ParseText(text).Value.ToJson().Errors[0].Code);
        Assert.Equal("cedar.limit.source", SchemaDocument.ParseText(text).Value.ToText().Errors[0].Code);
    }

    [Theory]
    [InlineData("entity E", "")]
    [InlineData("action a", " appliesTo { principal: A, resource: A }")]
    public void More_declarations_than_the_limit_are_refused(string declaration, string end)
    {
        var text = new StringBuilder("entity A;");
        for (var i = 0; i <= 10_000; i++)
            text.Append(FormattableString.Invariant($"{declaration}{i}{end};"));
        AssertLimit(text.ToString(), "cedar.limit.schema");
    }

    [Fact]
    public void More_kinds_of_request_than_the_limit_are_refused()
    {
        var types = string.Join(", ", Enumerable.Range(0, 1_001).Select(i => $"E{i}"));
        AssertLimit(
            $"entity {types}; action a appliesTo {{ principal: [{types}], resource: [{types}] }};",
            "cedar.limit.schema");
    }

    [Fact]
    public void A_text_of_errors_reports_only_the_first_ones()
    {
        var errors = SchemaDocument.ParseText("entity " + Repeat("A, ", 50_000) + "A;").Errors;
        Assert.Equal(CedarLimits.ErrorsMax, errors.Count);
        Assert.Equal(CedarLimits.ErrorsMax, SchemaDocument.ParseText(Repeat("entity;", 50_000)).Errors.Count);
    }

    [Fact]
    public void A_text_over_the_limit_is_refused()
    {
        AssertLimit(new string(' ', CedarLimits.SourceBytesMax + 1), "cedar.limit.source");
        var json = "{}" + new string(' ', CedarLimits.SchemaJsonBytesMax);
        Assert.Equal("cedar.limit.source", SchemaDocument.ParseJson(json).Errors[0].Code);
    }

    [Fact, Slow]
    public void Places_in_a_long_document_that_is_not_ASCII_cost_no_more_than_the_document()
    {
        var attributes = string.Join(",", Enumerable.Range(0, 100).Select(i => $"\"é{i}\":{{\"type\":\"Long\"}}"));
        var shape = $"{{\"shape\":{{\"type\":\"Record\",\"attributes\":{{{attributes}}}}}}}";
        var types = string.Join(",", Enumerable.Range(0, 2_000).Select(i => $"\"E{i}\":{shape}"));
        var json = $"{{\"\":{{\"entityTypes\":{{{types}}},\"actions\":{{}}}}}}";
        var read = SchemaDocument.ParseJson(json).Value.Resolve().Value;
        Assert.Equal(2_000, read.EntityTypes.Length);
        Assert.Equal(json.LastIndexOf(shape, StringComparison.Ordinal), read.EntityTypes[^1].Position.Offset);
    }

    [Fact]
    public void A_name_of_many_parts_is_read_in_one_go() =>
        AssertLimit("entity A { a: " + Repeat("a::", 300_000) + "a };", "cedar.schema.undeclared");

    static void AssertLimit(string text, string code) =>
        Assert.Equal(code, CedarSchema.ParseText(text).Errors[0].Code);

    static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();
}
