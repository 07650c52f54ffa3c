using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// A part of a policy as the validator sees it: scope and conditions as one expression, with slots, and with fewer
/// forms than the source. <see cref="Number"/> is its place in tables made per check; terms of the same <see
/// cref="Shape"/> are the same expression at different places.
/// </summary>
abstract class PolicyTerm
{
    PolicyTerm(SourcePosition position, int number, int shape)
    {
        Position = position;
        Number = number;
        Shape = shape;
    }

    public SourcePosition Position { get; }

    public int Number { get; }

    public int Shape { get; }

    public sealed class Literal(Value value, SourcePosition at, int number, int shape) : PolicyTerm(at, number, shape)
    {
        public Value Value => value;
    }

    public sealed class Var(Variable variable, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public Variable Variable => variable;
    }

    /// <summary>The slot of the principal or of the resource.</summary>
    public sealed class Slot(Variable of, SourcePosition at, int number, int shape) : PolicyTerm(at, number, shape)
    {
        public Variable Of => of;
    }

    public sealed class If(
        PolicyTerm condition, PolicyTerm then, PolicyTerm otherwise, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public PolicyTerm Condition => condition;

        public PolicyTerm Then => then;

        public PolicyTerm Else => otherwise;
    }

    /// <summary>
    /// A whole policy: principal, action, resource and each condition. Cedar joins them from the right, which shows
    /// when one of them has errors.
    /// </summary>
    public sealed class All(ImmutableArray<PolicyTerm> operands, SourcePosition at, int number)
        : PolicyTerm(at, number, -1)
    {
        public ImmutableArray<PolicyTerm> Operands => operands;
    }

    /// <summary>At least two operands.</summary>
    public sealed class And(ImmutableArray<PolicyTerm> operands, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public ImmutableArray<PolicyTerm> Operands => operands;
    }

    /// <summary>At least two operands.</summary>
    public sealed class Or(ImmutableArray<PolicyTerm> operands, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public ImmutableArray<PolicyTerm> Operands => operands;
    }

    public sealed class Unary(UnaryOperator op, PolicyTerm operand, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public UnaryOperator Operator => op;

        public PolicyTerm Operand => operand;
    }

    /// <summary>Any binary operator but <c>!=</c>, <c>hasTag</c> and <c>getTag</c>.</summary>
    public sealed class Binary(
        BinaryOperator op, PolicyTerm left, PolicyTerm right, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public BinaryOperator Operator => op;

        public PolicyTerm Left => left;

        public PolicyTerm Right => right;
    }

    /// <summary>
    /// <c>has a.b.c</c>. Step i asks for name i of what the steps before lead to; it proves capability i, and the type
    /// of what it asks has the number <see cref="Number"/> + i.
    /// </summary>
    public sealed class Has(
        PolicyTerm operand,
        ImmutableArray<string> path,
        ImmutableArray<int> proves,
        SourcePosition at,
        int number,
        int shape)
        : PolicyTerm(at, number, shape)
    {
        public PolicyTerm Operand => operand;

        public ImmutableArray<string> Path => path;

        public ImmutableArray<int> Proves => proves;
    }

    public sealed class Get(PolicyTerm operand, string name, int needs, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public PolicyTerm Operand => operand;

        public string Name => name;

        /// <summary>The capability that makes it safe when the attribute is optional.</summary>
        public int Needs => needs;
    }

    /// <summary><c>hasTag</c>, or <c>getTag</c>.</summary>
    public sealed class Tag(
        bool isGet, PolicyTerm owner, PolicyTerm name, int capability, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public bool IsGet => isGet;

        public PolicyTerm Owner => owner;

        public PolicyTerm Name => name;

        /// <summary>What <c>hasTag</c> proves and <c>getTag</c> needs.</summary>
        public int Capability => capability;
    }

    public sealed class Like(PolicyTerm operand, Pattern pattern, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public PolicyTerm Operand => operand;

        public Pattern Pattern => pattern;
    }

    /// <summary><c>is T</c>, and with a container <c>is T in e</c>.</summary>
    public sealed class Is(
        PolicyTerm operand, string entityType, PolicyTerm? container, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public PolicyTerm Operand => operand;

        public string EntityType => entityType;

        public PolicyTerm? Container => container;
    }

    public sealed class Set(ImmutableArray<PolicyTerm> elements, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public ImmutableArray<PolicyTerm> Elements => elements;
    }

    public sealed class Record(
        ImmutableArray<string> names, ImmutableArray<PolicyTerm> values, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public ImmutableArray<string> Names => names;

        public ImmutableArray<PolicyTerm> Values => values;
    }

    public sealed class Call(
        ExtensionFunction function, ImmutableArray<PolicyTerm> arguments, SourcePosition at, int number, int shape)
        : PolicyTerm(at, number, shape)
    {
        public ExtensionFunction Function => function;

        public ImmutableArray<PolicyTerm> Arguments => arguments;
    }
}
