"""TensorFlow: a function, with a training step of its own."""

import tensorflow as tf
from digits import load


def train(trial):
    """Train the network as a trial says."""
    tf.keras.utils.set_random_seed(trial.seed)
    x, y, x_dev, y_dev = load()
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(64, drop_remainder=True)
    layers = tf.keras.layers
    norm = layers.BatchNormalization(momentum=0.9)
    net = tf.keras.Sequential([tf.keras.Input((64,)), layers.Dense(64, use_bias=False), norm, layers.ReLU()])
    net.add(layers.Dense(10))
    optimizer = tf.keras.optimizers.SGD(trial.config["learning_rate"], momentum=trial.config["momentum"])

    @tf.function
    def step(inputs, labels):
        with tf.GradientTape() as tape:
            logits = net(inputs, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
        return loss

    for epoch in range(trial.stop):
        for inputs, labels in batches:
            loss = step(inputs, labels)
        accuracy = tf.reduce_mean(tf.cast(tf.argmax(net(x_dev, training=False), 1) == y_dev, tf.float32))
        trial.report(epoch, accuracy=accuracy, loss=loss)
