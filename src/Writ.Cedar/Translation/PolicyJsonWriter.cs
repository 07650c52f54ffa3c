using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>Writes Cedar's JSON policy format. Integers are exact; members stand in the order of the policy.</summary>
sealed class PolicyJsonWriter
{
    readonly Utf8JsonWriter _json;

    PolicyJsonWriter(Utf8JsonWriter json) => _json = json;

    public static string Write(PolicySet set, bool indented) => Write(indented, writer => writer.Set(set));

    public static string Write(PolicySyntax syntax, bool indented) => Write(indented, writer => writer.Policy(syntax));

    static string Write(bool indented, Action<PolicyJsonWriter> write)
    {
        using var stream = new MemoryStream();
        // The relaxed encoder leaves && and < readable; this is a document, never part of a page.
        var options = new JsonWriterOptions
        {
            Indented = indented,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = int.MaxValue,
        };
        using (var json = new Utf8JsonWriter(stream, options))
            write(new PolicyJsonWriter(json));
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    void Set(PolicySet set)
    {
        _json.WriteStartObject();
        _json.WriteStartObject("templates");
        foreach (var template in set.Templates)
        {
            _json.WritePropertyName(template.Id);
            Policy(template.Syntax);
        }
        _json.WriteEndObject();
        _json.WriteStartObject("staticPolicies");
        foreach (var policy in set.Policies)
        {
            if (policy.TemplateId is not null)
                continue;
            _json.WritePropertyName(policy.Id);
            Policy(policy.Syntax);
        }
        _json.WriteEndObject();
        _json.WriteStartArray("templateLinks");
        foreach (var policy in set.Policies)
            if (policy.TemplateId is { } id && set.TryGetTemplate(id, out var template))
                Link(policy, template);
        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    void Link(Policy policy, Template template)
    {
        _json.WriteStartObject();
        _json.WriteString("templateId", template.Id);
        _json.WriteString("newId", policy.Id);
        _json.WriteStartObject("values");
        if (template.HasPrincipalSlot)
            Entity("?principal", policy.Syntax.Principal.Uid!);
        if (template.HasResourceSlot)
            Entity("?resource", policy.Syntax.Resource.Uid!);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    void Policy(PolicySyntax policy)
    {
        _json.WriteStartObject();
        _json.WriteString("effect", policy.Effect == Effect.Permit ? "permit" : "forbid");
        Scope("principal", policy.Principal, "?principal");
        ActionScope(policy.Action);
        Scope("resource", policy.Resource, "?resource");
        _json.WriteStartArray("conditions");
        foreach (var condition in policy.Conditions)
        {
            _json.WriteStartObject();
            _json.WriteString("kind", condition.IsUnless ? "unless" : "when");
            Write("body", condition.Body);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        if (!policy.Annotations.IsEmpty)
        {
            _json.WriteStartObject("annotations");
            foreach (var (name, value) in policy.Annotations)
                _json.WriteString(name, value);
            _json.WriteEndObject();
        }
        _json.WriteEndObject();
    }

    void Scope(string name, EntityScope scope, string slot)
    {
        _json.WriteStartObject(name);
        _json.WriteString("op", scope.Operator switch
        {
            ScopeOperator.Any => "All",
            ScopeOperator.Equal => "==",
            ScopeOperator.In => "in",
            _ => "is",
        });
        if (scope.Operator is ScopeOperator.Is or ScopeOperator.IsIn)
            _json.WriteString("entity_type", scope.EntityType);
        if (scope.Operator == ScopeOperator.IsIn)
            _json.WriteStartObject("in");
        if (scope.IsSlot)
            _json.WriteString("slot", slot);
        else if (scope.Uid is { } uid)
            Entity("entity", uid);
        if (scope.Operator == ScopeOperator.IsIn)
            _json.WriteEndObject();
        _json.WriteEndObject();
    }

    void ActionScope(ActionScope scope)
    {
        _json.WriteStartObject("action");
        _json.WriteString("op", scope.Operator switch
        {
            ScopeOperator.Any => "All",
            ScopeOperator.Equal => "==",
            _ => "in",
        });
        if (scope is { Operator: not ScopeOperator.Any, Uids.Length: 1 })
            Entity("entity", scope.Uids[0]);
        else if (scope.Operator != ScopeOperator.Any)
        {
            _json.WriteStartArray("entities");
            foreach (var uid in scope.Uids)
                Entity(uid);
            _json.WriteEndArray();
        }
        _json.WriteEndObject();
    }

    void Entity(string name, EntityUid uid)
    {
        _json.WritePropertyName(name);
        Entity(uid);
    }

    void Entity(EntityUid uid)
    {
        _json.WriteStartObject();
        _json.WriteString("type", uid.Type);
        _json.WriteString("id", uid.Id);
        _json.WriteEndObject();
    }

    void Write(string name, Expression expression)
    {
        _json.WritePropertyName(name);
        Write(expression);
    }

    // The parser bounds the height, so that recursion is safe; the operands of a chain are written in a loop.
    void Write(Expression expression)
    {
        switch (expression)
        {
            case Expression.And e:
                Chain("&&", e.Operands);
                return;
            case Expression.Or e:
                Chain("||", e.Operands);
                return;
        }
        _json.WriteStartObject();
        switch (expression)
        {
            case Expression.Literal e:
                _json.WritePropertyName("Value");
                Constant(e.Value);
                break;
            case Expression.Var e:
                _json.WriteString("Var", PolicyPrinter.Spelling(e.Variable));
                break;
            case Expression.If e:
                _json.WriteStartObject("if-then-else");
                Write("if", e.Condition);
                Write("then", e.Then);
                Write("else", e.Else);
                _json.WriteEndObject();
                break;
            case Expression.Set e:
                Array("Set", e.Elements);
                break;
            case Expression.Record e:
                _json.WriteStartObject("Record");
                foreach (var (name, value) in e.Fields)
                    Write(name, value);
                _json.WriteEndObject();
                break;
            case Expression.Call e:
                Array(ExtensionFunctions.Spelling(e.Function), e.Arguments);
                break;
            default:
                Operation(expression);
                break;
        }
        _json.WriteEndObject();
    }

    void Operation(Expression expression)
    {
        _json.WriteStartObject(expression switch
        {
            Expression.Unary e => JsonOperators.Spelling(e.Operator),
            Expression.Binary e => JsonOperators.Spelling(e.Operator),
            Expression.Get => ".",
            Expression.Has => "has",
            Expression.Like => "like",
            Expression.Is => "is",
            _ => throw new UnreachableException(expression.GetType().Name),
        });
        switch (expression)
        {
            case Expression.Unary e:
                Write("arg", e.Operand);
                break;
            case Expression.Binary e:
                Write("left", e.Left);
                Write("right", e.Right);
                break;
            case Expression.Get e:
                Write("left", e.Operand);
                _json.WriteString("attr", e.Name);
                break;
            case Expression.Has e:
                Write("left", e.Operand);
                Path(e.Path);
                break;
            case Expression.Like e:
                Write("left", e.Operand);
                Pattern(e.Pattern);
                break;
            case Expression.Is e:
                Write("left", e.Operand);
                _json.WriteString("entity_type", e.EntityType);
                if (e.Container is { } container)
                    Write("in", container);
                break;
        }
        _json.WriteEndObject();
    }

    void Path(ImmutableArray<string> path)
    {
        if (path.Length == 1)
        {
            _json.WriteString("attr", path[0]);
            return;
        }
        _json.WriteStartArray("attr");
        foreach (var name in path)
            _json.WriteStringValue(name);
        _json.WriteEndArray();
    }

    // The official tools write a literal for each character; the reader takes longer ones as well.
    void Pattern(Pattern pattern)
    {
        _json.WriteStartArray("pattern");
        for (var i = 0; i < pattern.Parts.Length; i++)
        {
            if (i > 0)
                _json.WriteStringValue("Wildcard");
            foreach (var scalar in pattern.Parts[i].EnumerateRunes())
            {
                _json.WriteStartObject();
                _json.WriteString("Literal", scalar.ToString());
                _json.WriteEndObject();
            }
        }
        _json.WriteEndArray();
    }

    void Chain(string op, ImmutableArray<Expression> operands)
    {
        for (var i = operands.Length - 1; i > 0; i--)
        {
            _json.WriteStartObject();
            _json.WriteStartObject(op);
            _json.WritePropertyName("left");
        }
        Write(operands[0]);
        for (var i = 1; i < operands.Length; i++)
        {
            Write("right", operands[i]);
            _json.WriteEndObject();
            _json.WriteEndObject();
        }
    }

    void Array(string name, ImmutableArray<Expression> elements)
    {
        _json.WriteStartArray(name);
        foreach (var element in elements)
            Write(element);
        _json.WriteEndArray();
    }

    // Only what a literal can be; sets, records and extension values are expressions of their own.
    void Constant(Value value)
    {
        switch (value)
        {
            case CedarBool e:
                _json.WriteBooleanValue(e.Value);
                break;
            case CedarLong e:
                _json.WriteNumberValue(e.Value);
                break;
            case CedarString e:
                _json.WriteStringValue(e.Value);
                break;
            case EntityUid e:
                _json.WriteStartObject();
                Entity("__entity", e);
                _json.WriteEndObject();
                break;
            default:
                throw new UnreachableException(value.TypeName);
        }
    }
}
