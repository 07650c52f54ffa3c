using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>
/// The expressions of Cedar's JSON policy format: an object with one member, which names the operator. Chains of
/// <c>&amp;&amp;</c> and <c>||</c>, which nest on the left here, are followed without recursion.
/// </summary>
sealed partial class JsonReading
{
    int _depth;

    Expression? ExpressionOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<Expression>("an expression, which is an object with one member", element);
        if (Single(element) is not { } member)
            return Fail<Expression>("an expression, which is an object with one member", "none or several");
        if (_depth == CedarLimits.DepthMax)
            return FailDepth();
        _depth++;
        _path.Add(Step(member.Name));
        var expression = Operation(member.Name, member.Value, At(element));
        if (expression is null)
            return null;
        Leave();
        _depth--;
        return expression.Height > CedarLimits.DepthMax ? FailDepth() : expression;
    }

    static JsonProperty? Single(JsonElement element)
    {
        JsonProperty? found = null;
        foreach (var member in element.EnumerateObject())
        {
            if (found is not null)
                return null;
            found = member;
        }
        return found;
    }

    Expression? FailDepth()
    {
        Fail<Expression>(FormattableString.Invariant($"nesting of at most {CedarLimits.DepthMax}"), "deeper nesting");
        _error = _error! with { Code = "cedar.limit.depth" };
        return null;
    }

    Expression? Operation(string name, JsonElement body, SourcePosition at)
    {
        switch (name)
        {
            case "Value":
                return ConstantOf(body);
            case "Var":
                return Text(body) is { } variable ? VariableOf(variable, at) : null;
            case "Slot":
                return Fail<Expression>("an expression (a slot stands only in the scope)", "a slot");
            case "&&" or "||":
                return ChainOf(name, body, at);
            case ".":
                return AttributeOf(body, at);
            case "has":
                return HasOf(body, at);
            case "like":
                return LikeOf(body, at);
            case "is":
                return IsOf(body, at);
            case "if-then-else":
                return IfOf(body, at);
            case "Set":
                return Elements(body, ExpressionOf) is { } elements ? new Expression.Set(elements, at) : null;
            case "Record":
                return RecordOf(body, ExpressionOf, at);
        }
        if (JsonOperators.FindUnary(name) is { } unary)
            return Members(body, "an arg", "arg") is not [{ } arg] ? Missing("an arg")
                : In(".arg", arg, ExpressionOf) is { } operand ? new Expression.Unary(unary, operand, at) : null;
        if (JsonOperators.FindBinary(name) is { } binary)
            return Pair(body) is ({ } left, { } right) ? new Expression.Binary(binary, left, right, at) : null;
        if (ExtensionFunctions.Find(name) is { } function)
            return Elements(body, ExpressionOf) is { } arguments ? CallOf(function, arguments, at) : null;
        return Fail<Expression>("an operator or function that Cedar has", Shown(name));
    }

    Expression? Missing(string expected) => Fail<Expression>(expected, "an object without");

    ImmutableArray<Expression>? Elements(JsonElement element, Func<JsonElement, Expression?> read) =>
        Items("", element, "an array", read);

    Expression? VariableOf(string name, SourcePosition at)
    {
        Variable? variable = name switch
        {
            "principal" => Variable.Principal,
            "action" => Variable.Action,
            "resource" => Variable.Resource,
            "context" => Variable.Context,
            _ => null,
        };
        return variable is { } known
            ? new Expression.Var(known, at)
            : Fail<Expression>("principal, action, resource or context", Shown(name));
    }

    // A method without its receiver cannot be written in Cedar; elsewhere the number of arguments is for evaluation.
    Expression? CallOf(ExtensionFunction function, ImmutableArray<Expression> arguments, SourcePosition at) =>
        arguments.IsEmpty && !ExtensionFunctions.IsConstructor(function)
            ? Fail<Expression>("the receiver of the method as first argument", "no argument")
            : new Expression.Call(function, arguments, at);

    (Expression Left, Expression Right)? Pair(JsonElement body)
    {
        if (Members(body, "left and right", "left", "right") is not [{ } left, { } right])
        {
            Missing("left and right");
            return null;
        }
        return In(".left", left, ExpressionOf) is { } first && In(".right", right, ExpressionOf) is { } second
            ? (first, second)
            : null;
    }

    Expression? ChainOf(string name, JsonElement body, SourcePosition at)
    {
        var rights = new List<JsonElement>();
        JsonElement first;
        while (true)
        {
            if (Members(body, "left and right", "left", "right") is not [{ } left, { } right])
                return Missing("left and right");
            rights.Add(right);
            first = left;
            if (left.ValueKind != JsonValueKind.Object || Single(left) is not { } inner || inner.Name != name)
                break;
            _path.Add(".left");
            _path.Add(Step(name));
            body = inner.Value;
        }
        var operands = ImmutableArray.CreateBuilder<Expression>(rights.Count + 1);
        if (In(".left", first, ExpressionOf) is not { } start)
            return null;
        operands.Add(start);
        for (var i = rights.Count - 1; i >= 0; i--)
        {
            if (In(".right", rights[i], ExpressionOf) is not { } next)
                return null;
            operands.Add(next);
            if (i > 0)
                _path.RemoveRange(_path.Count - 2, 2);
        }
        return name == "&&"
            ? new Expression.And(operands.DrainToImmutable(), at)
            : new Expression.Or(operands.DrainToImmutable(), at);
    }

    Expression? AttributeOf(JsonElement body, SourcePosition at)
    {
        if (Members(body, "left and attr", "left", "attr") is not [{ } left, { } attr])
            return Missing("left and attr");
        return In(".left", left, ExpressionOf) is { } owner && In(".attr", attr, Text) is { } name
            ? new Expression.Get(owner, name, at)
            : null;
    }

    Expression? HasOf(JsonElement body, SourcePosition at)
    {
        if (Members(body, "left and attr", "left", "attr") is not [{ } left, { } attr])
            return Missing("left and attr");
        if (In(".left", left, ExpressionOf) is not { } owner)
            return null;
        if (attr.ValueKind == JsonValueKind.String)
            return new Expression.Has(owner, [attr.GetString()!], at);
        if (Items(".attr", attr, "an attribute or an array of them", Text) is not { } path)
            return null;
        if (path.IsEmpty)
            return Fail<Expression>("at least one attribute", "none");
        if (path.Length > CedarLimits.DepthMax)
            return FailDepth();
        return new Expression.Has(owner, path, at);
    }

    Expression? LikeOf(JsonElement body, SourcePosition at)
    {
        if (Members(body, "left and pattern", "left", "pattern") is not [{ } left, { } pattern])
            return Missing("left and pattern");
        if (In(".left", left, ExpressionOf) is not { } text
            || Items(".pattern", pattern, "an array", PatternPart) is not { } elements)
            return null;
        var parts = ImmutableArray.CreateBuilder<string>();
        var part = new StringBuilder();
        foreach (var element in elements)
        {
            if (element.Literal is { } literal)
            {
                part.Append(literal);
                continue;
            }
            parts.Add(part.ToString());
            part.Clear();
        }
        parts.Add(part.ToString());
        return new Expression.Like(text, new Pattern(parts.DrainToImmutable()), at);
    }

    PatternElement? PatternPart(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String && element.ValueEquals("Wildcard"))
            return new PatternElement(null);
        if (element.ValueKind == JsonValueKind.Object && OnlyMember(element, "Literal") is { } literal)
            return In(".Literal", literal, Text) is { } text ? new PatternElement(text) : null;
        return Fail<PatternElement>("\"Wildcard\" or an object with Literal", element);
    }

    Expression? IsOf(JsonElement body, SourcePosition at)
    {
        const string Expected = "left, entity_type and perhaps in";
        if (Members(body, Expected, "left", "entity_type", "in") is not [{ } left, { } typeText, var container])
            return Missing(Expected);
        if (In(".left", left, ExpressionOf) is not { } entity
            || In(".entity_type", typeText, EntityTypeOf) is not { } type)
            return null;
        if (container is not { } inside)
            return new Expression.Is(entity, type, null, at);
        return In(".in", inside, ExpressionOf) is { } group ? new Expression.Is(entity, type, group, at) : null;
    }

    Expression? IfOf(JsonElement body, SourcePosition at)
    {
        const string Expected = "if, then and else";
        if (Members(body, Expected, "if", "then", "else") is not [{ } test, { } yes, { } no])
            return Missing(Expected);
        return In(".if", test, ExpressionOf) is { } condition && In(".then", yes, ExpressionOf) is { } then
            && In(".else", no, ExpressionOf) is { } otherwise
            ? new Expression.If(condition, then, otherwise, at)
            : null;
    }

    Expression.Record? RecordOf(JsonElement element, Func<JsonElement, Expression?> read, SourcePosition at)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<Expression.Record>("an object", element);
        var fields = ImmutableArray.CreateBuilder<(string, Expression)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var step = Step(member.Name);
            if (!seen.Add(member.Name))
                return In(step, member.Value, _ => Fail<Expression.Record>("each attribute once", "it again"));
            if (In(step, member.Value, read) is not { } value)
                return null;
            fields.Add((member.Name, value));
        }
        return new Expression.Record(fields.DrainToImmutable(), at);
    }

    // The value format inside of expressions. Extension values stay calls: they are computed where Cedar computes them.
    Expression? ConstantOf(JsonElement element)
    {
        if (element.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)
            || OnlyMember(element, "__entity") is not null)
            return ReadValue(element) is { } value ? new Expression.Literal(value, At(element)) : null;
        if (_depth == CedarLimits.DepthMax)
            return FailDepth();
        _depth++;
        Expression? constant = null;
        if (element.ValueKind == JsonValueKind.Object)
            constant = OnlyMember(element, "__extn") is { } call
                ? In(".__extn", call, ConstantCall)
                : ConstantRecord(element);
        else if (Elements(element, ConstantOf) is { } elements)
            constant = new Expression.Set(elements, At(element));
        _depth--;
        return constant;
    }

    Expression? ConstantRecord(JsonElement element)
    {
        foreach (var member in element.EnumerateObject())
            if (member.Name is "__entity" or "__extn" or "__expr")
                return Fail<Expression>("an attribute", "a reserved name");
        return RecordOf(element, ConstantOf, At(element));
    }

    Expression? ConstantCall(JsonElement element)
    {
        const string Expected = "an object with fn and either arg or args";
        if (Members(element, Expected, "fn", "arg", "args") is not { } members)
            return null;
        if (members is not ([{ }, { }, null] or [{ }, null, { }]))
            return Fail<Expression>(Expected, "an object without");
        if (In(".fn", members[0]!.Value, Text) is not { } spelling)
            return null;
        if (ExtensionFunctions.Find(spelling) is not { } function)
            return Fail<Expression>("an extension function", Shown(spelling));
        if (members[1] is { } single)
            return In(".arg", single, ConstantOf) is { } argument ? CallOf(function, [argument], At(element)) : null;
        return Items(".args", members[2]!.Value, "an array", ConstantOf) is { } arguments
            ? CallOf(function, arguments, At(element))
            : null;
    }

    /// <summary>A literal part of a pattern, or a wildcard.</summary>
    sealed record PatternElement(string? Literal);
}
