using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Which attributes of the context the conditions of a policy look at, as dotted paths: <c>approvals</c>,
/// <c>approvals.teams</c>. Read from the syntax, so what is looked at and never reached is listed as well.
/// </summary>
public static class ContextUse
{
    public static ImmutableSortedSet<string> Of(Policy policy)
    {
        var paths = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var condition in policy.Syntax.Conditions)
            Collect(condition.Body, paths);
        return paths.ToImmutable();
    }

    // The parser bounds the height of an expression, so recursion over it is safe.
    static void Collect(Expression expression, ImmutableSortedSet<string>.Builder paths)
    {
        if (PathOf(expression) is { Length: > 0 } path)
            paths.Add(path);
        if (expression is Expression.Has has && PathOf(has.Operand) is { } operand)
            paths.Add(operand.Length == 0 ? string.Join('.', has.Path) : $"{operand}.{string.Join('.', has.Path)}");
        foreach (var part in Parts(expression))
            Collect(part, paths);
    }

    // Empty for the context itself, null for what is not in it.
    static string? PathOf(Expression expression) => expression switch
    {
        Expression.Var { Variable: Variable.Context } => "",
        Expression.Get get => PathOf(get.Operand) switch
        {
            null => null,
            "" => get.Name,
            var above => $"{above}.{get.Name}",
        },
        _ => null,
    };

    static IEnumerable<Expression> Parts(Expression expression) => expression switch
    {
        Expression.If e => [e.Condition, e.Then, e.Else],
        Expression.And e => e.Operands,
        Expression.Or e => e.Operands,
        Expression.Unary e => [e.Operand],
        Expression.Binary e => [e.Left, e.Right],
        Expression.Has e => [e.Operand],
        Expression.Get e => [e.Operand],
        Expression.Like e => [e.Operand],
        Expression.Is e => e.Container is { } container ? [e.Operand, container] : [e.Operand],
        Expression.Set e => e.Elements,
        Expression.Record e => e.Fields.Select(f => f.Value),
        Expression.Call e => e.Arguments,
        _ => [],
    };
}
