using System.Collections;
using System.Reflection;
using System.Text;
using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Everything in a tree except where it stood, so that two trees are equal exactly when their texts
/// are.</summary>
static class TreeText
{
    static readonly Dictionary<Type, PropertyInfo[]> _properties = [];

    public static string Of(SyntaxNode node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    /// <summary>The node and everything below it.</summary>
    public static IEnumerable<SyntaxNode> All(SyntaxNode node) => Properties(node.GetType())
        .SelectMany(p => Below(p.GetValue(node))).SelectMany(All).Prepend(node);

    static IEnumerable<SyntaxNode> Below(object? value) => value switch
    {
        SyntaxNode node => [node],
        string => [],
        IEnumerable items => items.Cast<object?>().SelectMany(Below),
        _ => [],
    };

    static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append('-');
                break;
            case string s:
                text.Append('"').Append(s.Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
                break;
            // The position of a fault inside of a late reading is a place too.
            case SyntaxFault fault:
                text.Append(fault.Code);
                break;
            case SyntaxNode node:
                text.Append('(').Append(node.GetType().Name);
                foreach (var property in Properties(node.GetType()))
                {
                    text.Append(' ');
                    Append(text, property.GetValue(node));
                }
                text.Append(')');
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                    Append(text, item);
                text.Append(']');
                break;
            default:
                text.Append(value);
                break;
        }
    }

    static PropertyInfo[] Properties(Type type)
    {
        if (!_properties.TryGetValue(type, out var found))
            _properties[type] = found = [.. type.GetProperties().Where(p => p.Name is not ("Span" or "ConstantValue"))];
        return found;
    }
}
