using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Writes a policy as Cedar, on one line, with brackets only where the grammar needs them. What it writes is read back
/// as the same policy; characters that could mislead a reader's eye are escaped. Layout is the formatter's.
/// </summary>
sealed class PolicyPrinter
{
    const int SignsMax = 4;

    readonly StringBuilder _text = new();

    /// <summary>What may stand at a place without brackets, from anything to the operand of an access.</summary>
    enum Level
    {
        Any,
        Or,
        And,
        Relation,
        Sum,
        Product,
        Signed,
        Member,
    }

    public static string Print(PolicySyntax policy)
    {
        var printer = new PolicyPrinter();
        printer.Policy(policy);
        return printer._text.ToString();
    }

    public static string Print(Expression expression) => Print(expression, Level.Any);

    /// <summary>With brackets where it needs them as one of several that <c>&amp;&amp;</c> joins.</summary>
    public static string PrintConjunct(Expression expression) => Print(expression, Level.Relation);

    static string Print(Expression expression, Level place)
    {
        var printer = new PolicyPrinter();
        printer.Write(expression, place);
        return printer._text.ToString();
    }

    public static string Spelling(Variable variable) => variable switch
    {
        Variable.Principal => "principal",
        Variable.Action => "action",
        Variable.Resource => "resource",
        _ => "context",
    };

    void Policy(PolicySyntax policy)
    {
        foreach (var (name, value) in policy.Annotations)
        {
            _text.Append('@').Append(name);
            if (value is not null)
            {
                _text.Append('(');
                Escapes.Quote(_text, value);
                _text.Append(')');
            }
            _text.Append(' ');
        }
        _text.Append(policy.Effect == Effect.Permit ? "permit (" : "forbid (");
        Scope("principal", policy.Principal);
        _text.Append(", ");
        Scope(policy.Action);
        _text.Append(", ");
        Scope("resource", policy.Resource);
        _text.Append(')');
        foreach (var condition in policy.Conditions)
        {
            _text.Append(condition.IsUnless ? " unless { " : " when { ");
            Write(condition.Body, Level.Any);
            _text.Append(" }");
        }
        _text.Append(';');
    }

    void Scope(string variable, EntityScope scope)
    {
        _text.Append(variable);
        if (scope.EntityType is { } type)
            _text.Append(" is ").Append(type);
        if (scope.Operator is ScopeOperator.Any or ScopeOperator.Is)
            return;
        _text.Append(scope.Operator == ScopeOperator.Equal ? " == " : " in ");
        if (scope.IsSlot)
            _text.Append('?').Append(variable);
        else
            scope.Uid!.Write(_text);
    }

    void Scope(ActionScope scope)
    {
        _text.Append("action");
        if (scope.Operator == ScopeOperator.Any)
            return;
        _text.Append(scope.Operator == ScopeOperator.Equal ? " == " : " in ");
        if (scope.Uids.Length == 1)
        {
            scope.Uids[0].Write(_text);
            return;
        }
        _text.Append('[');
        Separated(scope.Uids, uid => uid.Write(_text));
        _text.Append(']');
    }

    void Write(Expression expression, Level place)
    {
        var needsBrackets = LevelOf(expression) < place;
        if (needsBrackets)
            _text.Append('(');
        Bare(expression);
        if (needsBrackets)
            _text.Append(')');
    }

    static Level LevelOf(Expression expression) => expression switch
    {
        Expression.If => Level.Any,
        Expression.Or => Level.Or,
        Expression.And => Level.And,
        Expression.Has e when !IsSpelled(e) => Level.And,
        Expression.Has or Expression.Like or Expression.Is => Level.Relation,
        Expression.Binary e => e.Operator switch
        {
            <= BinaryOperator.In => Level.Relation,
            BinaryOperator.Add or BinaryOperator.Subtract => Level.Sum,
            BinaryOperator.Multiply => Level.Product,
            _ => Level.Member,
        },
        Expression.Unary e => e.Operator == UnaryOperator.IsEmpty ? Level.Member : Level.Signed,
        Expression.Literal { Value: CedarLong { Value: < 0 } } => Level.Signed,
        _ => Level.Member,
    };

    void Bare(Expression expression)
    {
        switch (expression)
        {
            case Expression.Literal e:
                e.Value.Write(_text);
                break;
            case Expression.Var e:
                _text.Append(Spelling(e.Variable));
                break;
            case Expression.If e:
                _text.Append("if ");
                Write(e.Condition, Level.Any);
                _text.Append(" then ");
                Write(e.Then, Level.Any);
                _text.Append(" else ");
                Write(e.Else, Level.Any);
                break;
            case Expression.Or e:
                Chain(" || ", e.Operands, Level.And);
                break;
            case Expression.And e:
                Chain(" && ", e.Operands, Level.Relation);
                break;
            case Expression.Unary e:
                Unary(e);
                break;
            case Expression.Binary e:
                Binary(e);
                break;
            case Expression.Set e:
                List('[', e.Elements, ']');
                break;
            case Expression.Record e:
                Record(e);
                break;
            case Expression.Call e:
                Call(e);
                break;
            default:
                Attribute(expression);
                break;
        }
    }

    void Attribute(Expression expression)
    {
        switch (expression)
        {
            case Expression.Get e:
                Write(e.Operand, Level.Member);
                if (Names.IsPlain(e.Name))
                {
                    _text.Append('.').Append(e.Name);
                    break;
                }
                _text.Append('[');
                Escapes.Quote(_text, e.Name);
                _text.Append(']');
                break;
            case Expression.Has e when !IsSpelled(e):
                Chain(" && ", TestsOf(e), Level.Relation);
                break;
            case Expression.Has e:
                Write(e.Operand, Level.Sum);
                _text.Append(" has ");
                if (e.Path.Length > 1)
                    _text.AppendJoin('.', e.Path);
                else
                    Name(e.Path[0]);
                break;
            case Expression.Like e:
                Write(e.Operand, Level.Sum);
                _text.Append(" like ");
                Pattern(e.Pattern);
                break;
            case Expression.Is e:
                Write(e.Operand, Level.Sum);
                _text.Append(" is ").Append(e.EntityType);
                if (e.Container is null)
                    break;
                _text.Append(" in ");
                Write(e.Container, Level.Sum);
                break;
            default:
                throw new UnreachableException(expression.GetType().Name);
        }
    }

    // Cedar's a.b form takes names only. In JSON a path has any; in text it is the tests that it stands for.
    static bool IsSpelled(Expression.Has has) => has.Path.Length == 1 || has.Path.All(Names.IsPlain);

    static ImmutableArray<Expression> TestsOf(Expression.Has has)
    {
        var tests = ImmutableArray.CreateBuilder<Expression>(has.Path.Length);
        var owner = has.Operand;
        foreach (var name in has.Path)
        {
            tests.Add(new Expression.Has(owner, [name], has.Position));
            owner = new Expression.Get(owner, name, has.Position);
        }
        return tests.MoveToImmutable();
    }

    void Chain(string op, ImmutableArray<Expression> operands, Level place)
    {
        for (var i = 0; i < operands.Length; i++)
        {
            if (i > 0)
                _text.Append(op);
            Write(operands[i], place);
        }
    }

    // One kind of sign, at most four of it, and a minus before a number would become the number's.
    void Unary(Expression.Unary e)
    {
        if (e.Operator == UnaryOperator.IsEmpty)
        {
            Write(e.Operand, Level.Member);
            _text.Append(".isEmpty()");
            return;
        }
        var signs = 0;
        Expression operand = e;
        while (signs < SignsMax && operand is Expression.Unary sign && sign.Operator == e.Operator)
        {
            _text.Append(e.Operator == UnaryOperator.Not ? '!' : '-');
            operand = sign.Operand;
            signs++;
        }
        var isNumber = operand is Expression.Literal { Value: CedarLong };
        if (isNumber && e.Operator == UnaryOperator.Negate)
            Bracketed(operand);
        else
            Write(operand, Level.Member);
    }

    void Bracketed(Expression expression)
    {
        _text.Append('(');
        Bare(expression);
        _text.Append(')');
    }

    void Binary(Expression.Binary e)
    {
        var level = LevelOf(e);
        if (level == Level.Member)
        {
            Write(e.Left, Level.Member);
            _text.Append('.').Append(JsonOperators.Spelling(e.Operator)).Append('(');
            Write(e.Right, Level.Any);
            _text.Append(')');
            return;
        }
        // Sums and products group to the left; comparisons do not group at all.
        Write(e.Left, level == Level.Relation ? Level.Sum : level);
        _text.Append(CultureInfo.InvariantCulture, $" {JsonOperators.Spelling(e.Operator)} ");
        Write(e.Right, level + 1);
    }

    void Call(Expression.Call e)
    {
        if (ExtensionFunctions.IsConstructor(e.Function))
        {
            _text.Append(ExtensionFunctions.Spelling(e.Function));
            List('(', e.Arguments, ')');
            return;
        }
        Write(e.Arguments[0], Level.Member);
        _text.Append('.').Append(ExtensionFunctions.Spelling(e.Function));
        List('(', e.Arguments.RemoveAt(0), ')');
    }

    void List(char open, ImmutableArray<Expression> items, char close)
    {
        _text.Append(open);
        Separated(items, item => Write(item, Level.Any));
        _text.Append(close);
    }

    void Record(Expression.Record e)
    {
        _text.Append('{');
        Separated(e.Fields, field =>
        {
            Name(field.Name);
            _text.Append(": ");
            Write(field.Value, Level.Any);
        });
        _text.Append('}');
    }

    void Separated<T>(ImmutableArray<T> items, Action<T> write)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
                _text.Append(", ");
            write(items[i]);
        }
    }

    void Name(string name)
    {
        if (Names.IsPlain(name))
            _text.Append(name);
        else
            Escapes.Quote(_text, name);
    }

    void Pattern(Pattern pattern)
    {
        _text.Append('"');
        for (var i = 0; i < pattern.Parts.Length; i++)
        {
            if (i > 0)
                _text.Append('*');
            var quoted = new StringBuilder();
            Escapes.Quote(quoted, pattern.Parts[i]);
            _text.Append(quoted.Replace("*", "\\*"), 1, quoted.Length - 2);
        }
        _text.Append('"');
    }
}
